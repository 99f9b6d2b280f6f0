//! The program's entry: runtime with exit code.

fn main() {}
