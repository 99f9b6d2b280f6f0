//! Custom attributes written and deleted: a layer of their own above the source's.

use std::sync::Arc;

use super::audit::told;
use super::groups::present as group_present;
use super::users::present as user_present;
use super::{Unwritten, Writes, refusal};
use crate::directory::{Directory, Edit, Snapshot};
use crate::model::{Attributes, Change, Detail, DetailKind, ExternalId, MemberKind};

/// Attributes of one user or group.
const MOST: usize = 200;
/// Values of one attribute.
const MOST_VALUES: usize = 100;
/// Characters of a name or a value, as the reference server has it.
const LONGEST: usize = 255;

/// What happens to the attributes that were written here.
#[derive(Clone)]
enum Wish {
    /// The named ones get these values; without values they go.
    Set(Attributes),
    /// One goes.
    Delete(Arc<str>),
}

impl Writes {
    /// Gives the named attributes of a user these values; others stay.
    ///
    /// # Errors
    /// `NoUser`, `InvalidAttributes`, `Directory`.
    pub async fn set_user_attributes(&self, name: &str, attributes: Attributes) -> Result<(), Unwritten> {
        fitting(&attributes)?;
        self.write_user(name, Wish::Set(attributes)).await
    }

    /// The same for attributes that tell nothing but when and how often a user logged in: there are as many of them as
    /// log-ins, so they wait for each other up to a second, and the audit trail has none of them.
    ///
    /// # Errors
    /// As [`Self::set_user_attributes`].
    pub async fn note_user_attributes(&self, name: &str, attributes: Attributes) -> Result<(), Unwritten> {
        fitting(&attributes)?;
        let (directory, subject) = self.located(name)?;
        let name = name.to_owned();
        let decide = move |snapshot: &Snapshot| {
            let id = user_present(snapshot, &subject, &name)?.id.0;
            let change = changed(snapshot, MemberKind::User, (id, subject), Wish::Set(attributes))?;
            let edit = Edit {
                changes: Vec::from_iter(change),
                ..Edit::default()
            };
            Ok((edit, ()))
        };
        let noted = directory.edit_patiently(decide).await;
        noted.map_or_else(
            |error| Err(refusal(error, Unwritten::InvalidAttributes)),
            |_| Ok(()),
        )
    }

    /// Deletes one attribute of a user; one that it does not have is deleted already.
    ///
    /// # Errors
    /// `NoUser`, `Owned` (the source reports it), `Directory`.
    pub async fn delete_user_attribute(&self, name: &str, attribute: &str) -> Result<(), Unwritten> {
        self.write_user(name, Wish::Delete(attribute.into())).await
    }

    /// Gives the named attributes of a group these values; others stay.
    ///
    /// # Errors
    /// `NoGroup`, `InvalidAttributes`, `Directory`.
    pub async fn set_group_attributes(&self, name: &str, attributes: Attributes) -> Result<(), Unwritten> {
        fitting(&attributes)?;
        self.write_group(name, Wish::Set(attributes)).await
    }

    /// Deletes one attribute of a group; one that it does not have is deleted already.
    ///
    /// # Errors
    /// `NoGroup`, `Owned` (the source reports it), `Directory`.
    pub async fn delete_group_attribute(&self, name: &str, attribute: &str) -> Result<(), Unwritten> {
        self.write_group(name, Wish::Delete(attribute.into())).await
    }

    async fn write_user(&self, name: &str, wish: Wish) -> Result<(), Unwritten> {
        let (directory, id) = self.located(name)?;
        self.write(directory, MemberKind::User, id, name, wish).await
    }

    /// A group that is kept in several directories is written in each, so that whichever serves it tells the same.
    async fn write_group(&self, name: &str, wish: Wish) -> Result<(), Unwritten> {
        for (directory, id) in self.rows_of(&self.group(name)?) {
            self.write(directory, MemberKind::Group, id, name, wish.clone())
                .await?;
        }
        Ok(())
    }

    async fn write(
        &self,
        directory: &Directory,
        of: MemberKind,
        subject: ExternalId,
        name: &str,
        wish: Wish,
    ) -> Result<(), Unwritten> {
        let action = match of {
            MemberKind::User => "user attributes changed",
            MemberKind::Group => "group attributes changed",
        };
        let record = self.audit(directory, action, name);
        let name = name.to_owned();
        self.edit(directory, Unwritten::InvalidAttributes, move |snapshot| {
            let id = match of {
                MemberKind::User => user_present(snapshot, &subject, &name)?.id.0,
                MemberKind::Group => group_present(snapshot, &subject, &name)?.id.0,
            };
            let change = changed(snapshot, of, (id, subject), wish)?;
            Ok(change.map_or_else(Edit::default, |change| told(vec![change], record)))
        })
        .await
    }
}

/// The change that a wish comes to, if it comes to any.
fn changed(
    snapshot: &Snapshot,
    of: MemberKind,
    (id, subject): (u32, ExternalId),
    wish: Wish,
) -> Result<Option<Change>, Unwritten> {
    let before = written(snapshot, of, id);
    let after = outcome(snapshot, of, id, before.clone(), wish)?;
    if before == after {
        return Ok(None);
    }
    fitting(&after)?;
    let value = (!after.0.is_empty()).then(|| Detail::Attributes(Arc::new(after)));
    Ok(Some(Change::Detail {
        of,
        subject,
        kind: DetailKind::Attributes,
        value,
    }))
}

/// The attributes that were written here.
pub(super) fn written(snapshot: &Snapshot, of: MemberKind, id: u32) -> Attributes {
    match snapshot.details().get(of, id, DetailKind::Attributes) {
        Some(Detail::Attributes(attributes)) => attributes.as_ref().clone(),
        _ => Attributes::default(),
    }
}

fn outcome(
    snapshot: &Snapshot,
    of: MemberKind,
    id: u32,
    mut attributes: Attributes,
    wish: Wish,
) -> Result<Attributes, Unwritten> {
    match wish {
        Wish::Set(given) => {
            for (name, values) in given.0 {
                if values.is_empty() {
                    attributes.0.remove(&name);
                } else {
                    attributes.0.insert(name, values);
                }
            }
        }
        Wish::Delete(name) => {
            let own = attributes.0.remove(&name).is_some();
            if !own && !snapshot.details().attribute(of, id, &name).is_empty() {
                let told = format!("attribute `{name}`: its source owns it; hint: change it there");
                return Err(Unwritten::Owned(told));
            }
        }
    }
    Ok(attributes)
}

/// The change that gives something new its attributes.
pub(super) fn kept_beside(
    of: MemberKind,
    subject: &ExternalId,
    mut attributes: Attributes,
) -> Option<Change> {
    attributes.0.retain(|_, values| !values.is_empty());
    (!attributes.0.is_empty()).then(|| Change::Detail {
        of,
        subject: subject.clone(),
        kind: DetailKind::Attributes,
        value: Some(Detail::Attributes(Arc::new(attributes))),
    })
}

/// Whether so many, so long attributes are taken.
pub(super) fn fitting(attributes: &Attributes) -> Result<(), Unwritten> {
    let refuse = |told: String| Err(Unwritten::InvalidAttributes(told));
    if attributes.0.len() > MOST {
        return refuse(format!(
            "there are {} attributes, more than {MOST}",
            attributes.0.len()
        ));
    }
    let too_long = |text: &str| text.chars().count() > LONGEST;
    for (name, values) in &attributes.0 {
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            return refuse("an attribute has a name that is blank or has control characters".to_owned());
        }
        if too_long(name) {
            return refuse(format!(
                "an attribute has a name of more than {LONGEST} characters"
            ));
        }
        if values.len() > MOST_VALUES {
            return refuse(format!("attribute `{name}` has more than {MOST_VALUES} values"));
        }
        if values.iter().any(|value| too_long(value)) {
            return refuse(format!(
                "attribute `{name}` has a value of more than {LONGEST} characters"
            ));
        }
    }
    Ok(())
}
