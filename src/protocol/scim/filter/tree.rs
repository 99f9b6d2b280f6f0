//! A filter as written: names are not yet looked up.

/// How an attribute is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater, or later.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less, or earlier.
    Lt,
    /// Less or equal.
    Le,
}

impl Operator {
    pub(super) const ALL: [(&'static str, Self); 9] = [
        ("eq", Self::Eq),
        ("ne", Self::Ne),
        ("co", Self::Co),
        ("sw", Self::Sw),
        ("ew", Self::Ew),
        ("gt", Self::Gt),
        ("ge", Self::Ge),
        ("lt", Self::Lt),
        ("le", Self::Le),
    ];

    /// Its spelling.
    pub fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, operator)| *operator == self);
        found.expect("every operator is listed").0
    }

    /// Whether it asks for an order.
    pub fn is_ordering(self) -> bool {
        matches!(self, Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }
}

/// What an attribute is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// A text in quotes.
    Text(String),
    /// A number, as written.
    Number(String),
    /// Truth.
    Bool(bool),
    /// `null`.
    Null,
    /// A bare word: a text, to those who tolerate it.
    Bare(String),
}

/// A filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All of these, two at least.
    And(Vec<Filter>),
    /// One of these, two at least.
    Or(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// The attribute has a value.
    Present(String),
    /// The attribute compares thus.
    Compare(String, Operator, Literal),
    /// One element of the attribute's list is all of this. `emails[type eq "work"].value eq "x"`, which Entra asks and the
    /// RFC lacks, is read as `emails[type eq "work" and value eq "x"]`.
    Each(String, Box<Filter>),
}

/// The path of a patch: an attribute, elements of its list, a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// `attr`, `attr.sub`, `URN:attr`, `URN:attr.sub`, or a URN.
    pub name: String,
    /// Which elements.
    pub filter: Option<Filter>,
    /// Which part of the elements.
    pub part: Option<String>,
}
