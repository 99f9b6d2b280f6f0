//! Limits: how much a plan may take away before a person is asked.
