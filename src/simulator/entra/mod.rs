//! A stand-in for Microsoft Entra ID.
