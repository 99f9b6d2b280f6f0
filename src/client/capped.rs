//! Reading an answer's body up to a cap.

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// Longer than allowed.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    /// It broke off.
    #[error("the answer broke off: {0}")]
    Broken(#[from] reqwest::Error),
}

/// The whole body, if it has at most `cap` bytes.
///
/// # Errors
/// [`BodyError`].
pub async fn read_capped(mut response: reqwest::Response, cap: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > cap {
            return Err(BodyError::TooLong(cap));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
