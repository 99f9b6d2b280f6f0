//! What lies on disk: keys, frames with checksums, and the compact bodies inside them.

mod blocks;
mod details;
pub(crate) mod frame;
pub(crate) mod keys;
pub(crate) mod records;
pub(crate) mod rows;
pub(crate) mod wire;

#[cfg(test)]
mod tests;

/// Why stored bytes cannot be read. A sentence's end, to be put behind the name of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flaw(pub(crate) &'static str);

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}
