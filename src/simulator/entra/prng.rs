//! A small generator of repeatable random numbers (splitmix64).

/// The generator's state.
#[derive(Clone, Debug)]
pub(crate) struct Prng(u64);

impl Prng {
    /// One stream per seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x5851_f42d_4c95_7f2d)
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `limit`; 0 for a limit of 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }

    /// One of `items`; `None` when there is none.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// Puts `items` into another order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// Spreads the bits of one number.
pub(crate) fn mix(value: u64) -> u64 {
    let first = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let second = (first ^ (first >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    second ^ (second >> 31)
}

/// A text of the shape of a GUID, made of three numbers.
pub(crate) fn guid(seed: u64, kind: u64, slot: u64) -> String {
    let high = mix(seed ^ mix(kind.wrapping_mul(0x1000_0000_0000) ^ slot));
    let low = mix(high ^ slot);
    let tail = low & 0xffff_ffff_ffff;
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{tail:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | ((low >> 48) & 0x3fff),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let (mut one, mut two) = (Prng::new(7), Prng::new(7));
        assert_eq!([one.next(), one.next()], [two.next(), two.next()]);
        assert_ne!(Prng::new(8).next(), Prng::new(7).next());
    }

    #[test]
    fn guids_have_the_shape_and_differ() {
        let ids: std::collections::BTreeSet<_> = (0..10_000).map(|slot| guid(1, 1, slot)).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| id.len() == 36 && id.as_bytes()[14] == b'4'));
    }
}
