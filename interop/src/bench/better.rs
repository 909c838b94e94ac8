//! [`Better`]: which of two figures is better, and how many times.

use super::pair::Pair;

/// Which of two figures is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    More,
    Less,
}

impl Better {
    /// How many times better ours is; below one, it is worse.
    pub(crate) fn times(self, figures: Pair<f64>) -> f64 {
        match self {
            Self::More => figures.ours / figures.theirs,
            Self::Less => figures.theirs / figures.ours,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_is_better_when_it_does_more_or_uses_less() {
        let pair = |ours, theirs| Pair { ours, theirs };
        assert!((Better::More.times(pair(30.0, 10.0)) - 3.0).abs() < 1e-9);
        assert!((Better::Less.times(pair(10.0, 30.0)) - 3.0).abs() < 1e-9);
        assert!((Better::Less.times(pair(20.0, 10.0)) - 0.5).abs() < 1e-9);
    }
}
