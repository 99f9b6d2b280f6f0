//! How much memory this process took more than at some moment.

/// What it had at a moment, in kilobytes.
pub(crate) struct Memory(u64);

impl Memory {
    /// As it is now; what was needed before is forgotten.
    pub(crate) fn now() -> Self {
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        Self(of("VmRSS"))
    }

    /// The most that it had more since, in megabytes.
    pub(crate) fn more_at_most(&self) -> u64 {
        of("VmHWM").saturating_sub(self.0) / 1024
    }
}

/// A line of `/proc/self/status` in kilobytes.
fn of(key: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(key)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
