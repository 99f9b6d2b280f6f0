//! One access token for all requests of a source, asked for by one of them at a time.

use tokio::sync::Mutex;

use crate::secret::Secret;

/// A token is renewed this long before it ends, in milliseconds.
const EARLY: i64 = 300_000;

/// An access token with its end, milliseconds since 1970.
#[derive(Clone, Debug)]
pub struct Token {
    value: Secret,
    until: i64,
}

impl Token {
    /// One that was granted at `now` for so many seconds. It is renewed five minutes early; one that lives shorter, at half its life.
    pub fn granted(value: Secret, now: i64, seconds: i64) -> Self {
        let life = seconds.clamp(0, 86_400 * 365).saturating_mul(1000);
        Self {
            value,
            until: now.saturating_add(life - EARLY.min(life / 2)),
        }
    }
}

/// The token that is kept.
#[derive(Debug, Default)]
pub struct Tokens(Mutex<Option<Token>>);

impl Tokens {
    /// The kept token, or a new one by `ask`.
    ///
    /// # Errors
    /// Those of `ask`.
    pub async fn get<E>(&self, now: i64, ask: impl Future<Output = Result<Token, E>>) -> Result<Secret, E> {
        let mut kept = self.0.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| token.until > now) {
            return Ok(token.value.clone());
        }
        let token = ask.await?;
        let value = token.value.clone();
        *kept = Some(token);
        Ok(value)
    }

    /// Forgets the token if it still is the one that was not accepted: others may have a new one already.
    pub async fn forget(&self, used: &Secret) {
        let mut kept = self.0.lock().await;
        if kept
            .as_ref()
            .is_some_and(|token| token.value.expose() == used.expose())
        {
            *kept = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn at(tokens: &Tokens, now: i64, seconds: i64) -> String {
        let fresh = async { Ok::<_, ()>(Token::granted(Secret::new(format!("of {now}")), now, seconds)) };
        tokens.get(now, fresh).await.unwrap().expose().to_owned()
    }

    #[tokio::test]
    async fn a_token_is_kept_until_shortly_before_its_end() {
        let tokens = Tokens::default();
        assert_eq!(at(&tokens, 0, 3600).await, "of 0");
        assert_eq!(at(&tokens, 3_299_999, 3600).await, "of 0");
        assert_eq!(at(&tokens, 3_300_000, 3600).await, "of 3300000");
    }

    #[tokio::test]
    async fn a_token_of_a_minute_serves_half_of_it() {
        let tokens = Tokens::default();
        assert_eq!(at(&tokens, 0, 60).await, "of 0");
        assert_eq!(at(&tokens, 29_999, 60).await, "of 0");
        assert_eq!(at(&tokens, 30_000, 60).await, "of 30000");
    }

    #[tokio::test]
    async fn only_the_token_that_was_refused_is_forgotten() {
        let tokens = Tokens::default();
        at(&tokens, 0, 3600).await;
        tokens.forget(&Secret::new("an older one")).await;
        assert_eq!(at(&tokens, 1, 3600).await, "of 0");
        tokens.forget(&Secret::new("of 0")).await;
        assert_eq!(at(&tokens, 2, 3600).await, "of 2");
    }
}
