//! The catalogue of errors: every code with its cause and its remedy.
