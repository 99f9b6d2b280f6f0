//! Stand-in identity providers over real HTTP.

pub mod entra;
