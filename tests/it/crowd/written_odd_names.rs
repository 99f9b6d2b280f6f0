//! Names with everything that means something in a URL, in XML or in JSON, through every write, in both forms.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::escape::escape;
use serde_json::json;
use unicode_normalization::UnicodeNormalization;

use super::face::{Face, XML};
use super::odd_names::odd_names;
use super::writer::writer;

fn encoded(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

async fn done(face: &Face, method: &str, path: &str, xml: &str, wanted: u16) {
    let said = face.ask(method, path, &[XML], xml.to_owned()).await;
    assert_eq!(said.status, wanted, "{method} {path}: {}", said.body);
}

#[tokio::test]
async fn odd_names_survive_every_write_in_both_forms() {
    let face = writer(&["local"]).await;
    for name in odd_names() {
        // Names are kept composed, as clients compare them.
        let kept: String = name.nfc().collect();
        let (q, x) = (encoded(&name), escape(name.as_str()).into_owned());
        let user = json!({ "name": name, "email": "a@x.org", "password": { "value": &name } });
        assert_eq!(face.json("POST", "/user", &user).await.status, 201, "{name}");
        done(
            &face,
            "POST",
            "/group",
            &format!("<group name=\"{x}\"><type>GROUP</type></group>"),
            201,
        )
        .await;
        assert_eq!(face.get_json(&format!("/user?username={q}")).await["name"], kept);
        assert_eq!(
            face.get_json(&format!("/group?groupname={q}")).await["name"],
            kept
        );
        assert_eq!(face.login(&q, &name).await.0, 200, "{name}");

        let member = format!("<user name=\"{x}\"/>");
        done(
            &face,
            "POST",
            &format!("/group/user/direct?groupname={q}"),
            &member,
            201,
        )
        .await;
        let check = format!("/user/group/direct?username={q}&groupname={q}");
        assert_eq!(face.get_json(&check).await["name"], kept);
        let attributes = json!({ "attributes": [{ "name": name, "values": [name] }] });
        let path = format!("/user/attribute?username={q}");
        assert_eq!(face.json("POST", &path, &attributes).await.status, 204, "{name}");
        assert_eq!(face.get_json(&path).await["attributes"][0]["values"][0], name);
        done(&face, "DELETE", &format!("{path}&attributename={q}"), "", 204).await;
        done(
            &face,
            "DELETE",
            &format!("/group/user/direct?groupname={q}&username={q}"),
            "",
            204,
        )
        .await;

        // To another name and back: the key stays.
        let key = face.get_json(&format!("/user?username={q}")).await["key"].clone();
        let away = json!({ "new-name": "somebody" });
        assert_eq!(
            face.json("POST", &format!("/user/rename?username={q}"), &away)
                .await
                .status,
            200,
            "{name}"
        );
        let back = format!("<rename><new-name>{x}</new-name></rename>");
        done(&face, "POST", "/user/rename?username=somebody", &back, 200).await;
        assert_eq!(face.get_json(&format!("/user?username={q}")).await["key"], key);
        done(&face, "DELETE", &format!("/user?username={q}"), "", 204).await;
        done(&face, "DELETE", &format!("/group?groupname={q}"), "", 204).await;
    }
}
