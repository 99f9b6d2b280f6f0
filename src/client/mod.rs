//! OUTGOING HTTP: deadlines, caps, retries, TLS.
