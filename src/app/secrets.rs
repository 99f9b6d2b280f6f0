//! How applications' passwords are kept, for `throng hash`.

pub use crate::http::crowd::password::{generate_token, hash_password};
