//! Trials: settings that nobody has saved, to be planned with once.

use super::engine::Synced;

/// How many trials of one directory may wait at once.
pub(super) const WAITING: usize = 4;

/// A directory as it would be read and planned for under other settings. Nothing of it is kept but the plan that it shows.
pub struct Trial {
    /// The directory with the source, mapping, rules and limits that follow from the settings.
    pub synced: Synced,
    /// The settings as given: who asks for the same ones shares a run.
    pub text: String,
    /// The sections that were given, for people.
    pub sections: Vec<String>,
}

impl Trial {
    /// What a run says of itself.
    pub(super) fn notice(&self) -> String {
        let sections: Vec<String> = self.sections.iter().map(|name| format!("`{name}`")).collect();
        if sections.is_empty() {
            return "planned under the settings as they are saved".to_owned();
        }
        let sections = sections.join(", ");
        format!("planned under settings that are not saved: {sections}")
    }
}

impl PartialEq for Trial {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Trial {}

impl std::fmt::Debug for Trial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trial")
            .field("sections", &self.sections)
            .finish_non_exhaustive()
    }
}
