//! FACES: each a translator with one error file.
