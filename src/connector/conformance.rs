//! The conformance suite of Connector.
