//! Event tokens: whatever is read as one was written as one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throng::protocol::crowd::Token;

fuzz_target!(|text: &str| {
    if let Some(token) = Token::decode(text) {
        assert_eq!(token.encode(), text);
    }
});
