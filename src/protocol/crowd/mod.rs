//! The Crowd REST protocol, in XML or JSON.
