//! The catalogue of errors: every code with its cause and its remedy.
//!
//! A flat list, in the order of the codes. `tests/it/catalogue.rs` fails for a code without an entry here, and for an
//! entry that no code needs.

/// What is known of one error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The code, as messages and answers show it.
    pub code: &'static str,
    /// Why it happens.
    pub cause: &'static str,
    /// What a person can do.
    pub remedy: &'static str,
}

/// The entry of a code, whatever its case.
pub fn find(code: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.code.eq_ignore_ascii_case(code))
}

const fn entry(code: &'static str, cause: &'static str, remedy: &'static str) -> Entry {
    Entry { code, cause, remedy }
}

/// All entries.
pub const ENTRIES: &[Entry] = &[
    entry(
        "ADMIN_FORBIDDEN",
        "the token is known, but its scopes do not include what was asked",
        "add the scope named in the message to the token's `scopes` in `[admin]`, or use another token",
    ),
    entry(
        "ADMIN_NOT_FOUND",
        "no directory, run, plan or session has this id; runs and plans are kept for a while only",
        "list what there is with `GET /api/v1/directories`, `/runs` or `/plans`",
    ),
    entry(
        "ADMIN_REQUEST_MALFORMED",
        "the request's body or query is not what this endpoint reads",
        "send the JSON described for this endpoint, or nothing where a body is optional",
    ),
    entry(
        "ADMIN_REQUEST_TOO_LARGE",
        "the request's body is larger than the admin face reads",
        "send a small JSON body, or none",
    ),
    entry(
        "ADMIN_SECRET_UNREADABLE",
        "the secret of an admin token is not where the configuration says",
        "set the environment variable or write the file named in the message",
    ),
    entry(
        "ADMIN_TOKEN_SHORT",
        "an admin token is short enough to be guessed",
        "make a random one with `throng hash --token`",
    ),
    entry(
        "ADMIN_UNAUTHENTICATED",
        "the request has no bearer token, or one that `[admin]` does not know",
        "send `Authorization: Bearer …`; the command line takes the token from `THRONG_ADMIN_TOKEN`",
    ),
    entry(
        "ADMIN_UNKNOWN_PATH",
        "the admin face has nothing at this path",
        "the API begins with `/api/v1`",
    ),
    entry(
        "ADMIN_WRONG_METHOD",
        "the path exists, but not for this method",
        "read with GET, start and decide with POST",
    ),
    entry(
        "APPLICATION_ACCESS_DENIED",
        "the application asked for something that this version or its settings do not let it do",
        "read the message: it names what is missing",
    ),
    entry(
        "APPLICATION_HASH_INVALID",
        "the `hash` of an application is in no form that throng reads",
        "make one with `throng hash` or `throng hash --token` and copy it whole",
    ),
    entry(
        "APPLICATION_PASSWORD_MISSING",
        "an application has neither `password` nor `hash`, or both",
        "write exactly one of them into its `[[application]]`",
    ),
    entry(
        "APPLICATION_PERMISSION_DENIED",
        "the application tried to write to directories that it may only read",
        "set its directory in Jira or Confluence to `Read only`; users and groups are changed at the identity provider",
    ),
    entry(
        "APPLICATION_SECRET_UNREADABLE",
        "the password of an application is not where the configuration says",
        "set the environment variable or write the file named in the message",
    ),
    entry(
        "APPLICATION_TWICE",
        "two `[[application]]` sections have one name",
        "give each application its own `name`",
    ),
    entry(
        "BACKUP_DAMAGED",
        "a line of the backup is missing, was changed, or contradicts the others",
        "take another copy of the file; nothing was restored from this one",
    ),
    entry(
        "BACKUP_NEWER",
        "the backup was written by a newer throng",
        "restore it with that version",
    ),
    entry(
        "BACKUP_UNREADABLE",
        "the backup's file cannot be opened or read",
        "look at the path and its permissions; the message says what the system said",
    ),
    entry(
        "BEYOND_HISTORY",
        "how a directory was after that run cannot be said: not all plans that changed it since are kept",
        "ask for a later run; plans are kept for ninety days, within bounds of number and size",
    ),
    entry(
        "CLIENT_TLS",
        "outgoing connections cannot be made secure on this machine",
        "read the message: usually a certificate in the system's store is unreadable",
    ),
    entry(
        "CLIENT_URL",
        "an address of the configuration cannot be asked safely",
        "use https; plain http is for 127.0.0.1, [::1] and localhost only",
    ),
    entry(
        "CONFIG_INVALID",
        "the configuration has unknown keys, wrong values or dangling names",
        "go to the file and line of each message; `throng check` tells them all",
    ),
    entry(
        "CROWD_BODY_MALFORMED",
        "a Crowd client sent a body that is neither XML nor JSON as its type says",
        "look at what stands between client and throng: usually a proxy changed the body",
    ),
    entry(
        "CROWD_BODY_NOT_UNDERSTOOD",
        "a Crowd client sent a well-formed body that is not what this resource reads",
        "compare the request with the Crowd REST documentation of the resource",
    ),
    entry(
        "CROWD_BODY_TOO_COMPLEX",
        "a search restriction is nested deeper or has more parts than any real client sends",
        "split the search into several",
    ),
    entry(
        "DAEMON_FOREIGN",
        "something that is not throng answers at the address of the admin face",
        "look at `admin.listen` of the configuration, and at what listens there",
    ),
    entry(
        "DAEMON_UNREACHABLE",
        "the command line asks the running daemon, and none answers",
        "start it with `throng serve`, or name its configuration with `--config`",
    ),
    entry(
        "DIRECTORY_CLOSED",
        "the directory's writer has ended, because throng stops",
        "ask again when throng has started",
    ),
    entry(
        "DIRECTORY_CONFIGURED",
        "a directory that has a section in the configuration cannot be retired",
        "take its section out, restart throng, then retire it",
    ),
    entry(
        "DIRECTORY_HAS_NO_SOURCE",
        "a run was asked for of a directory that nothing is read into, such as one of kind `local`",
        "nothing has to be read: change its users and groups by an application that may write",
    ),
    entry(
        "DIRECTORY_MOVED",
        "something else was written between planning and applying",
        "nothing: the run plans again; if it persists, start it again",
    ),
    entry(
        "DIRECTORY_NOT_PUSHED",
        "an operator asked for the pushes of a directory that is not pushed",
        "name a directory whose `kind` is `scim-push`",
    ),
    entry(
        "DIRECTORY_TAKES_NO_USERS",
        "an application wrote a new user or group, and none of its directories takes one",
        "add a directory of kind `local` to its `directories`, or make the account at the identity provider",
    ),
    entry(
        "EVENT_TOKEN_EXPIRED",
        "the client's place in the event feed cannot be continued: a rename, another view, another store, or too many changes",
        "nothing: the client synchronises in full at once",
    ),
    entry(
        "EXPIRED_CREDENTIAL",
        "the password is right, but all passwords were expired since it was set",
        "have a new password set",
    ),
    entry(
        "GROUP_NOT_FOUND",
        "no directory of the application has a group of this name",
        "look at the name's spelling at the identity provider, and whether the group is in the directory's scope",
    ),
    entry(
        "HOLD_NOT_HELD",
        "a release was asked for of a user whom nothing keeps out",
        "see who is held with `throng hold list`; where the user is inactive all the same, its source says so: `throng explain user`",
    ),
    entry(
        "HOLD_PROTECTED",
        "the user's name stands in `protect.users`, so no policy and no operator holds it",
        "take the name out of `protect.users` first, if it is to be held",
    ),
    entry(
        "HOLD_REFUSED",
        "the rules of the directory left the hold out; the message says why",
        "look at the user with `throng explain user`, then try again",
    ),
    entry(
        "HOLD_UNKNOWN_GROUP",
        "a group whose memberships are to be hidden does not exist in the user's directory",
        "list the groups with `GET /api/v1/directories/{id}/groups`; name one by its name or its source's id",
    ),
    entry(
        "HOLD_UNKNOWN_USER",
        "the directory has nobody of this username, and has never had anybody of this id",
        "list the users with `GET /api/v1/directories/{id}/users`; a removed user is named by its source's id",
    ),
    entry(
        "ILLEGAL_ARGUMENT",
        "a parameter of the request is missing or cannot be read",
        "read the message: it names the parameter",
    ),
    entry(
        "INACTIVE_ACCOUNT",
        "the user is disabled or gone at the identity provider",
        "enable the user there; the next synchronisation brings it back",
    ),
    entry(
        "INVALID_ATTRIBUTES",
        "custom attributes are too many, too long or have a name that is blank or has control characters",
        "send at most 200 attributes of 100 values, each name and value of at most 255 characters",
    ),
    entry(
        "INVALID_CREDENTIAL",
        "a password is empty or too long, or an encrypted one is no argon2id hash of usual strength",
        "send a password of 1 to 1024 bytes, or an argon2id hash with 7 to 64 MiB",
    ),
    entry(
        "INVALID_EMAIL",
        "mail was asked for, and there is no such e-mail address",
        "give the user an e-mail address",
    ),
    entry(
        "INVALID_GROUP",
        "a group of this name exists, or the name is blank, too long or has control characters",
        "choose another name of at most 255 characters without blanks at its ends",
    ),
    entry(
        "INVALID_MEMBERSHIP",
        "the membership would put a group into itself",
        "take out the membership that closes the circle",
    ),
    entry(
        "INVALID_SSO_TOKEN",
        "the session does not exist, has ended, or belongs to a client of another address",
        "sign in again; if it happens at every click, `throng explain session` shows which address came by which header",
    ),
    entry(
        "INVALID_USER",
        "a user of this name exists, or the name is blank, too long or has control characters, or the body is of another user",
        "choose another name of at most 255 characters without blanks at its ends",
    ),
    entry(
        "INVALID_USER_AUTHENTICATION",
        "the password is wrong, or the account has none here, because its password is kept by the identity provider",
        "let users sign in by single sign-on (SAML or OpenID Connect) of the application",
    ),
    entry(
        "LISTEN_FAILED",
        "an address of `[crowd]`, `[scim]` or `[admin]` cannot be listened on",
        "stop the process that listens there, or choose another `listen`",
    ),
    entry(
        "MAPPING_TEST_SLOW",
        "looking for one record at the source took longer than a test may take",
        "use a dry run: `throng sync DIRECTORY --dry-run` with `--settings` shows what a run would do",
    ),
    entry(
        "MEMBERSHIP_ALREADY_EXISTS",
        "the user or group is a member already",
        "nothing has to be done",
    ),
    entry(
        "MEMBERSHIP_NOT_FOUND",
        "the user or group is not a member of the group, or one of them does not exist",
        "look at the membership at the identity provider; nested memberships count on `nested` resources only",
    ),
    entry(
        "NESTED_GROUPS_NOT_SUPPORTED",
        "an application that does without groups in groups wrote one",
        "set `nested_groups = true` for the application",
    ),
    entry(
        "NOTICE_SECRET_UNREADABLE",
        "the secret that signs notices, or the password for the mail server, is not where the configuration says",
        "set the environment variable or write the file named in the message",
    ),
    entry(
        "OPERATION_FAILED",
        "throng could not answer; the log says why",
        "look for the time of the request in throng's log",
    ),
    entry(
        "OWNED_BY_ANOTHER",
        "what was to be written comes from a source, which would overwrite it or be contradicted",
        "make the change at the source; groups made here, memberships in them and custom attributes can be written",
    ),
    entry(
        "PASSWORD_NOT_HASHABLE",
        "the password given to `throng hash` is not one that argon2id takes",
        "choose a password of a usual length",
    ),
    entry(
        "PLAN_BEING_APPROVED",
        "a run is applying the plan just now",
        "wait for the run named in the message",
    ),
    entry(
        "PLAN_HASH_DIFFERS",
        "the plan takes something else away than the one that was read",
        "read the plan again, then approve it under its present hash",
    ),
    entry(
        "PLAN_NOT_APPLIED",
        "a plan that changed nothing cannot be undone: it waits, was rejected or replaced, or is a dry run's",
        "list the plans that were applied with `throng history DIRECTORY`",
    ),
    entry(
        "PLAN_NOT_HELD",
        "the plan no longer waits for anybody, or is a dry run's",
        "list those that wait with `throng plan list`",
    ),
    entry(
        "PLAN_WITHOUT_USER",
        "the approval leaves out a user of whom the plan says nothing",
        "write usernames as `throng plan show` prints them",
    ),
    entry(
        "RANDOM_UNAVAILABLE",
        "the machine gave no random bytes",
        "look at the machine: no secret can be made safely on it",
    ),
    entry(
        "RESTORE_MEMORY",
        "the configured store keeps nothing, so there is nothing to restore to",
        "set `store.engine` to `sled`",
    ),
    entry(
        "RESTORE_OCCUPIED",
        "the data folder, or the folder `….restoring` beside it, has something in it",
        "stop throng, move that folder aside, restore again",
    ),
    entry(
        "RESTORE_RENAME",
        "everything was restored beside the data folder, but could not be put in its place",
        "rename the folder that ends with `.restoring` by hand",
    ),
    entry(
        "RETIRE_NOT_CONFIRMED",
        "a directory is retired only when its id is said once more, since it removes all its users and groups",
        "send the id as `confirm`, or type it when `throng directory retire` asks",
    ),
    entry(
        "RUN_INTERRUPTED",
        "throng ended or was killed during a run; nothing of it was applied",
        "none needed: the next run reads from where the last finished one ended",
    ),
    entry(
        "RUN_PANICKED",
        "a run ended by a defect of throng; nothing of it was applied",
        "report it with the log's lines about the run; the next run starts afresh",
    ),
    entry(
        "SCHEDULE_EXPRESSION",
        "a schedule is no cron expression of six fields",
        "write second, minute, hour, day of month, month, day of week, such as `0 */15 * * * *`",
    ),
    entry(
        "SCHEDULE_NEVER",
        "a schedule names a day that never comes",
        "choose a day that the month has",
    ),
    entry(
        "SCHEDULE_TIME_ZONE",
        "a time zone is not one of the IANA names",
        "write a name such as `Europe/Oslo`, or `UTC`",
    ),
    entry(
        "SCIM_ATTRIBUTE_IMMUTABLE",
        "an identity provider tried to change an attribute that is throng's own, or that is set once",
        "leave the attribute out of the provider's mapping; memberships are changed at the groups",
    ),
    entry(
        "SCIM_BODY_INTERRUPTED",
        "the body of a push did not arrive in time",
        "look at the network between the identity provider and throng",
    ),
    entry(
        "SCIM_BODY_INVALID",
        "an identity provider sent a body that is not what the operation reads",
        "read the message: it names the place; usually a proxy or a template of the provider changed the body",
    ),
    entry(
        "SCIM_BULK_UNRESOLVED",
        "an operation of a bulk request refers to something that the request did not make",
        "look at the answer to the operation that should have made it",
    ),
    entry(
        "SCIM_COUNT_CHANGED",
        "a client asked for another page size in the middle of a walk by cursors",
        "keep `count` the same from the first page to the last",
    ),
    entry(
        "SCIM_CURSOR_EXPIRED",
        "a client continued a walk that it began too long ago, or before a restart",
        "begin the walk again with an empty `cursor`",
    ),
    entry(
        "SCIM_CURSOR_INVALID",
        "a client sent a cursor that throng did not make for this question",
        "begin the walk again with an empty `cursor`",
    ),
    entry(
        "SCIM_DISCOVERY_FILTER",
        "a client filtered what the service can do, which RFC 7644 §4 forbids",
        "ask without `filter`",
    ),
    entry(
        "SCIM_FAILED",
        "throng could not answer a push; the log says why",
        "look for the time of the request in throng's log",
    ),
    entry(
        "SCIM_FILTER_INVALID",
        "a client's filter does not follow the grammar, or names an attribute that no schema has",
        "read the message: it names the attribute or the place in the filter",
    ),
    entry(
        "SCIM_FOREIGN_ADDRESS",
        "a push came with a good token, but from an address that is not in the directory's `allow_from`",
        "add the identity provider's addresses to `allow_from`, or set `trusted_proxies` of `[scim]`",
    ),
    entry(
        "SCIM_HELD",
        "an identity provider pushed more losses within an hour than `limits` of the directory allow, or took away from a protected group",
        "look at the provider: was it meant? If so, `POST /api/v1/directories/{id}/release` lets losses through for an hour",
    ),
    entry(
        "SCIM_MEDIA_TYPE",
        "a push came with a content type that is not read",
        "let the client send `application/scim+json`",
    ),
    entry(
        "SCIM_NOT_DONE",
        "a client asked for itself at `/Me`; tokens are no users",
        "ask for `/Users`",
    ),
    entry(
        "SCIM_NOT_FOUND",
        "no user, group, schema or resource type has this id",
        "nothing: the provider looks the resource up again, or makes it",
    ),
    entry(
        "SCIM_PATH_INVALID",
        "the path of a patch names an attribute that no schema has",
        "take the attribute out of the provider's mapping, or add its schema to the directory's `schemas`",
    ),
    entry(
        "SCIM_PATH_REACHES_NOTHING",
        "the path of a patch reaches no element of this resource",
        "read the message; the tolerance `create_by_path` makes elements of the usual types",
    ),
    entry(
        "SCIM_TOKEN_SHORT",
        "a token of a pushing client is short enough to be guessed",
        "make a random one with `throng hash --token`",
    ),
    entry(
        "SCIM_TOKEN_UNREADABLE",
        "the secret of a pushing client's token is not where the configuration says",
        "set the environment variable or write the file named in the message",
    ),
    entry(
        "SCIM_TOO_LARGE",
        "a push has more bytes or more operations than are read",
        "send it in parts; `/ServiceProviderConfig` tells the limits",
    ),
    entry(
        "SCIM_TOO_MANY",
        "a request is larger than throng answers",
        "ask or send in parts",
    ),
    entry(
        "SCIM_UNAUTHENTICATED",
        "a push came without a token that the directory knows, or with one that has expired",
        "compare the token at the identity provider with `tokens` of the directory, and its `expires`",
    ),
    entry(
        "SCIM_UNAVAILABLE",
        "a push could not be written now",
        "look for the time of the request in throng's log; the provider tries again",
    ),
    entry(
        "SCIM_UNKNOWN_PATH",
        "the SCIM face has nothing at this path",
        "the tenant URL of a directory is `public_url` of `[scim]`, then `/scim/v2/` and the directory's id",
    ),
    entry(
        "SCIM_VALUE_INVALID",
        "a value that an identity provider sent does not fit its attribute, or a required one is missing",
        "correct the attribute's mapping at the provider; the message names the attribute",
    ),
    entry(
        "SCIM_VALUE_TAKEN",
        "somebody else has the user name or the group name",
        "rename one of the two at the identity provider; the message names who has it",
    ),
    entry(
        "SCIM_VERSION_DIFFERS",
        "a client wanted to change a version of a resource that is no longer the last",
        "read the resource again, then repeat the change",
    ),
    entry(
        "SCIM_WRONG_METHOD",
        "the path exists, but not for this method",
        "read the header `Allow` of the answer",
    ),
    entry(
        "SESSION_KEY_UNUSABLE",
        "the file `session.key` of the data folder, which all session tokens are made with, cannot be read or written",
        "give the daemon the right to it; or take the file away: a new one is made, and everybody signs in again",
    ),
    entry(
        "SHUTTING_DOWN",
        "throng is ending",
        "ask again when it has started",
    ),
    entry(
        "SMTP_REFUSED",
        "the mail server answers, but refuses to talk, or to take a mail for the present",
        "look at what it says in the message, and into its own log; notices wait for it for three days",
    ),
    entry(
        "SMTP_SIGN_IN",
        "the mail server does not accept the account that `[smtp]` names, or offers neither PLAIN nor LOGIN",
        "look at `smtp.username` and at the password; some providers want a password made for applications",
    ),
    entry(
        "SMTP_TLS",
        "the connection to the mail server cannot be secured, so nothing is said to it",
        "use `smtps://` for port 465 and `smtp://…?tls=required` for 587; name its certificate authority with `smtp.ca_file`",
    ),
    entry(
        "SMTP_UNREACHABLE",
        "the mail server does not answer, or breaks off",
        "look at host and port of `smtp.url`, the firewall, and `smtp.timeout`",
    ),
    entry(
        "SOURCE_ACCOUNT_DISABLED",
        "the account with which throng reads is disabled, locked, or at its end at the source",
        "enable or unlock it there, and let it never end; it should be an account of throng's own, not a person's",
    ),
    entry(
        "SOURCE_APPLICATION_UNKNOWN",
        "the identity provider has no application with the configured `client_id`",
        "compare `client_id` and `tenant` with the application's page at the provider; after a deletion register it anew",
    ),
    entry(
        "SOURCE_CERTIFICATE_EXPIRED",
        "the certificate of the application has expired",
        "make a new one, register it with the application, write it where `certificate` says",
    ),
    entry(
        "SOURCE_CERTIFICATE_UNKNOWN",
        "the certificate or key that signs for the application is not registered with it",
        "upload the certificate (or the public key) to the application; make sure that file and application belong together",
    ),
    entry(
        "SOURCE_CLOCK_SKEW",
        "this machine's clock and the identity provider's differ by minutes, so that what throng signs is not valid yet, or not any more",
        "set the clock, best by NTP",
    ),
    entry(
        "SOURCE_EXPIRED",
        "the identity provider forgot where the last read ended, while a read was going on",
        "nothing: everything is read instead; if it persists, start the run again",
    ),
    entry(
        "SOURCE_FEDERATION_UNKNOWN",
        "the federated token's issuer, subject or audience is none that the application trusts",
        "compare the three with the application's federated credentials, letter by letter",
    ),
    entry(
        "SOURCE_LICENCE_MISSING",
        "the tenant's licence does not include what was asked for",
        "leave the key out that asks for it (`sign_in_activity` needs Entra ID P1 or P2), or buy the licence",
    ),
    entry(
        "SOURCE_MALFORMED",
        "the identity provider, or a proxy before it, answered something that its protocol does not allow",
        "look at the message; nothing was removed, the next run reads again",
    ),
    entry(
        "SOURCE_PERMISSION_MISSING",
        "the application lacks a permission, which the message names",
        "grant it and consent as an administrator; then wait some minutes, since a token keeps the permissions it was made with",
    ),
    entry(
        "SOURCE_POLICY_BLOCKED",
        "a policy of the tenant keeps the application from signing in",
        "ask who keeps the policies (Conditional Access for workload identities, network zones) to let this machine's address in",
    ),
    entry(
        "SOURCE_REFUSED",
        "the identity provider refused the credentials or a permission",
        "`throng check --online` names what is missing; grant it and consent as an administrator",
    ),
    entry(
        "SOURCE_SECRET_EXPIRED",
        "the application's secret has expired",
        "make a new one and write it where the configuration says; the old one cannot be renewed",
    ),
    entry(
        "SOURCE_SECRET_ID",
        "the id of the application's secret was configured in place of its value",
        "copy the column *Value*, which is shown only right after the secret was made; otherwise make a new one",
    ),
    entry(
        "SOURCE_SECRET_UNREADABLE",
        "the secret of a directory's source is not where the configuration says",
        "set the environment variable or write the file named in the message",
    ),
    entry(
        "SOURCE_SECRET_WRONG",
        "the application's secret, or the token, is not the one that the identity provider knows",
        "copy it again, without spaces or line ends; make sure that it belongs to this `client_id`",
    ),
    entry(
        "SOURCE_SERVER_EXPIRED",
        "the certificate of the source's server has expired or is not valid yet, or this machine's clock is wrong",
        "have the server's certificate renewed by whoever runs it; look at this machine's clock; nothing was sent",
    ),
    entry(
        "SOURCE_TENANT_UNKNOWN",
        "there is no such tenant in this cloud",
        "compare `tenant` with the tenant's overview page, and `cloud` with where it is",
    ),
    entry(
        "SOURCE_UNAVAILABLE",
        "the identity provider could not be reached, or failed after all retries",
        "nothing was changed; look at the network and the provider's status, the next run tries again",
    ),
    entry(
        "SOURCE_UNREACHABLE",
        "no connection to the identity provider can be made",
        "look at the name in the message, the network, the firewall and the proxy (`HTTPS_PROXY`); nothing was changed",
    ),
    entry(
        "SOURCE_UNTRUSTED",
        "the certificate of the source's server is of an authority that is not trusted, or of another name",
        "name the authority's file with `ca_file`, and the server in `url` as its certificate names it; nothing was sent",
    ),
    entry(
        "STORE_CONFLICT",
        "a commit was drafted on a head that the store has left; another process wrote",
        "make sure that only one throng uses the data folder",
    ),
    entry(
        "STORE_DAMAGED",
        "a file of the data folder is missing, or a record in it is not what was written",
        "stop throng, move the data folder aside, start again: a full read brings every pulled directory back with the same Crowd keys",
    ),
    entry(
        "STORE_DISK_FULL",
        "the disk has less free space than writing safely needs",
        "free some space; until then everything is served, nothing is written",
    ),
    entry(
        "STORE_ENTRY_CONFLICT",
        "two writers changed one entry at the same time",
        "ask again",
    ),
    entry(
        "STORE_IO",
        "an operation on a file of the data folder failed",
        "read the message: it names the file and what the system said",
    ),
    entry(
        "STORE_LOCKED",
        "another process has the data folder",
        "stop the other throng, or give this one its own `store.path`",
    ),
    entry(
        "STORE_NEWER",
        "the data folder was written by a newer throng",
        "start that version, or move the folder aside and read everything again",
    ),
    entry(
        "STORE_STOPPED",
        "the engine failed in the middle of a write, or throng stops",
        "restart throng: it recovers from its files",
    ),
    entry(
        "SYNC_TRIALS_WAITING",
        "as many dry runs under unsaved settings wait for this directory as may",
        "wait until they have ended; `GET /api/v1/runs` shows them",
    ),
    entry(
        "UNKNOWN_DIRECTORY",
        "no directory with a source has this id",
        "look at the `id` of each `[[directory]]`",
    ),
    entry(
        "UNKNOWN_PLAN",
        "no plan has this id, or it is forgotten",
        "list those that wait with `throng plan list`",
    ),
    entry(
        "UNKNOWN_POLICY",
        "no `[[cleanup]]` of the configuration has this name",
        "list the policies with `GET /api/v1/cleanup`",
    ),
    entry(
        "UNKNOWN_RUN",
        "no run has this id; the last hundred of each directory are kept",
        "list them with `GET /api/v1/runs`",
    ),
    entry(
        "UNSUPPORTED_OPERATION",
        "throng does not do this operation of the Crowd protocol",
        "read the message: it says what to use instead",
    ),
    entry(
        "USER_NOT_FOUND",
        "no directory of the application has a user of this name",
        "look at the name's spelling at the identity provider, and at the directory's mapping of usernames",
    ),
    entry(
        "WEBHOOK_NOT_FOUND",
        "the application asked for a webhook that it has removed, or that was removed after a week of failure",
        "register it again",
    ),
];
