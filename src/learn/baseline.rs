//! What is usual, from counts of times that are alike: a mean and how far counts lie from it, whatever spikes are among them.
//!
//! After Farrington and others (1996) and Noufaily and others (2013), who watch reports of infections: counts that stand out
//! of the others weigh the less the more they do.
//!
//! - C. P. Farrington, N. J. Andrews, A. D. Beale, M. A. Catchpole: A statistical algorithm for the early detection of
//!   outbreaks of infectious disease. J. R. Statist. Soc. A 159 (1996), 547-563.
//! - A. Noufaily, D. G. Enki, P. Farrington, P. Garthwaite, N. Andrews, A. Charlett: An improved algorithm for outbreak
//!   detection in multiple surveillance systems. Statistics in Medicine 32 (2013), 1206-1222.

use statrs::distribution::{DiscreteCDF, NegativeBinomial};

/// Residuals above this weigh less (Noufaily and others 2013, who found 1 to be too strict).
const RESIDUAL: f64 = 2.58;
/// Rounds of weighing; the weights have settled by then.
const ROUNDS: usize = 4;
/// A median absolute deviation times this is a standard deviation, where counts are normal.
const MAD_TO_SD: f64 = 1.4826;
/// Weeks whose counts at the same time speak for themselves.
const SAME_WEEKS: usize = 3;
/// Half a count on top of all: what was never seen is rare, not impossible.
const PRIOR: f64 = 0.5;

/// A count that is usual, and how much it varies.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Baseline {
    /// The mean.
    pub(super) mean: f64,
    /// Variance by mean: 1 if counts come each by itself, more if they come in groups.
    pub(super) dispersion: f64,
    /// How many counts it was made of, those that weigh little counting as little.
    pub(super) weight: f64,
    /// The sum of squares of which the dispersion is the mean, and of how many.
    scatter: (f64, f64),
}

impl Baseline {
    /// What is usual where `counts` were counted; nothing without counts.
    pub(super) fn of(counts: &[u32]) -> Option<Self> {
        let counts: Vec<f64> = counts.iter().map(|&count| f64::from(count)).collect();
        let mut mean = median(counts.clone())?;
        let deviation = MAD_TO_SD * median(counts.iter().map(|count| (count - mean).abs()).collect())?;
        let mut dispersion = (deviation * deviation / mean.max(PRIOR)).max(1.0);
        let mut weight = counts.len() as f64;
        let mut scatter = (0.0, 0.0);
        for _ in 0..ROUNDS {
            let weights: Vec<f64> =
                counts.iter().map(|&count| weigh(residual(count, mean, dispersion))).collect();
            weight = weights.iter().sum();
            let weighted = || weights.iter().zip(&counts);
            mean = (weighted().map(|(weight, count)| weight * count).sum::<f64>() + PRIOR) / weight;
            // A square of a distance outgrows a weight that falls with its square root: squared, it does not.
            let squared: f64 = weights.iter().map(|weight| weight * weight).sum();
            let sum: f64 = weighted().map(|(weight, count)| (weight * (count - mean)).powi(2) / mean).sum();
            scatter = (sum, (squared - 1.0).max(0.0));
            dispersion = mean_of(scatter);
        }
        Some(Self { mean, dispersion, weight, scatter })
    }

    /// How much counts vary that are like each other within each of `groups`: known better from many of them.
    pub(super) fn dispersion(groups: impl Iterator<Item = Vec<u32>>) -> f64 {
        let each = groups.filter_map(|counts| Some(Self::of(&counts)?.scatter));
        mean_of(each.fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1)))
    }

    /// It varies as much as others do, or more.
    pub(super) fn varying(self, dispersion: f64) -> Self {
        Self { dispersion: self.dispersion.max(dispersion), ..self }
    }

    /// The higher of this and what was counted at the `same` time in the weeks before, if those are enough to speak for
    /// themselves: a newsletter goes out on Tuesdays at ten. How much it varies is known better from the many.
    pub(super) fn or_same(self, same: &[u32]) -> Self {
        match Self::of(same).filter(|_| same.len() >= SAME_WEEKS) {
            Some(same) if same.mean > self.mean => {
                Self { dispersion: same.dispersion.max(self.dispersion), ..same }
            }
            _ => self,
        }
    }

    /// The least count that comes with a probability of `alpha` at most, where nothing has changed.
    pub(super) fn bound(&self, alpha: f64) -> u64 {
        self.least(|rest| rest <= alpha)
    }

    /// The counts that are nothing special: a tenth lies below, a tenth above.
    pub(super) fn range(&self) -> (u64, u64) {
        let low = self.least(|rest| rest < 0.9).saturating_sub(1);
        (low, self.least(|rest| rest <= 0.1).saturating_sub(1).max(low))
    }

    /// The mean as high as it may well be, and the variance by it, of what is counted next: the mean is itself known from counts
    /// only, so it may be higher by its standard error, and what comes varies more than what is known did.
    fn next(&self) -> (f64, f64) {
        let weight = self.weight.max(1.0);
        let mean = self.mean + (self.dispersion * self.mean / weight).sqrt();
        (mean, self.dispersion * (1.0 + 1.0 / weight))
    }

    /// Probabilities of what is counted next.
    fn predictive(&self) -> Option<NegativeBinomial> {
        let (mean, dispersion) = self.next();
        NegativeBinomial::new(mean / (dispersion - 1.0), 1.0 / dispersion).ok()
    }

    /// The least count for which the probability of it or more is as asked.
    fn least(&self, is_so: impl Fn(f64) -> bool) -> u64 {
        let Some(counts) = self.predictive() else { return u64::MAX };
        let holds = |count: u64| count > 0 && is_so(counts.sf(count - 1));
        let mut above = 1_u64;
        while !holds(above) && above < 1 << 40 {
            above *= 2;
        }
        let mut below = 0;
        while above - below > 1 {
            let middle = below.midpoint(above);
            *if holds(middle) { &mut above } else { &mut below } = middle;
        }
        above
    }

    /// How much more likely `count` is where the mean is `times` as high, as a logarithm that grows linearly: its value at 0 and
    /// what each one adds.
    pub(super) fn evidence(&self, times: f64) -> (f64, f64) {
        let (mean, dispersion) = self.next();
        let size = mean / (dispersion - 1.0);
        let risen = mean * times;
        let each = (risen / (size + risen)).ln() - (mean / (size + mean)).ln();
        let none = size * ((size / (size + risen)).ln() - (size / (size + mean)).ln());
        (none, each)
    }
}

/// A dispersion: a mean of squares, 1 at least.
fn mean_of((sum, freedom): (f64, f64)) -> f64 {
    (sum / freedom.max(1.0)).max(1.0)
}

/// How far a count stands out, as if it were normal (Anscombe).
fn residual(count: f64, mean: f64, dispersion: f64) -> f64 {
    let mean = mean.max(PRIOR);
    1.5 * (count.powf(2.0 / 3.0) - mean.powf(2.0 / 3.0)) / (dispersion.sqrt() * mean.powf(1.0 / 6.0))
}

fn weigh(residual: f64) -> f64 {
    if residual > RESIDUAL { (RESIDUAL / residual).powi(2) } else { 1.0 }
}

fn median(mut counts: Vec<f64>) -> Option<f64> {
    let middle = counts.len() / 2;
    if counts.is_empty() {
        return None;
    }
    let (_, &mut median, _) = counts.select_nth_unstable_by(middle, f64::total_cmp);
    Some(median)
}
