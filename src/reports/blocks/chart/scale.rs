//! Where a value stands along an axis, and how it is written there.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::text::grouped;
use crate::reports::blocks::Unit;
use crate::reports::cell::percent;

/// Values beyond are drawn as if they were this: no sum of the trade comes near it, and no step of the computation exceeds a [`Decimal`].
const LARGEST: Decimal = Decimal::from_parts(0xA764_0000, 0x0DE0_B6B3, 0, false, 0);

/// An axis from one round value to another; zero is always between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    low: Decimal,
    high: Decimal,
    step: Decimal,
    length: Decimal,
    unit: Unit,
}

impl Scale {
    /// An axis of `length` pixels that has room for all values.
    pub fn over(values: impl Iterator<Item = Decimal>, length: u32, unit: Unit) -> Self {
        let (low, high) = values
            .map(bounded)
            .fold((Decimal::ZERO, Decimal::ZERO), |(low, high), value| (low.min(value), high.max(value)));
        let high = if low == high { smallest_range(unit) } else { high };
        let step = round_step((high - low) / Decimal::from(5)).max(smallest_step(unit));
        Self {
            low: (low / step).floor() * step,
            high: (high / step).ceil() * step,
            step,
            length: Decimal::from(length),
            unit,
        }
    }

    /// Pixels from the low end, to a tenth.
    pub fn at(&self, value: Decimal) -> Decimal {
        ((bounded(value) - self.low) / (self.high - self.low) * self.length).round_dp(1).normalize()
    }

    /// The values that the axis is marked with, from the low end.
    pub fn ticks(&self) -> impl Iterator<Item = Decimal> + use<> {
        let Self { low, high, step, .. } = *self;
        (0_u32..).map(move |at| low + step * Decimal::from(at)).take_while(move |tick| *tick <= high)
    }

    /// A value of [`Scale::ticks`], short.
    pub fn tick(&self, value: Decimal) -> String {
        let scaled = |divisor: u64, suffix: &str| {
            let short = (value / Decimal::from(divisor)).normalize().to_string().replace('.', ",").replace('-', "−");
            format!("{short}\u{a0}{suffix}")
        };
        match self.unit {
            _ if value.is_zero() => "0".to_owned(),
            Unit::Euros if self.high - self.low >= Decimal::from(1_000_000_000) => scaled(1_000_000_000, "Md€"),
            Unit::Euros if self.high - self.low >= Decimal::from(1_000_000) => scaled(1_000_000, "M€"),
            Unit::Euros if self.high - self.low >= Decimal::from(5_000) => scaled(1_000, "k€"),
            Unit::Percent => {
                let hundredths = (value * Decimal::ONE_HUNDRED).normalize().to_string();
                format!("{}\u{a0}%", hundredths.replace('.', ",").replace('-', "−"))
            }
            Unit::Euros | Unit::Count => written(value, self.unit),
        }
    }
}

/// A value in full.
pub(super) fn written(value: Decimal, unit: Unit) -> String {
    let whole = || grouped(value.round().to_i128().unwrap_or_default());
    match unit {
        Unit::Euros => format!("{}\u{a0}€", whole()),
        Unit::Percent => percent(bounded(value)),
        Unit::Count => whole(),
    }
}

fn bounded(value: Decimal) -> Decimal {
    value.clamp(-LARGEST, LARGEST)
}

/// What an axis shows when all values are zero.
fn smallest_range(unit: Unit) -> Decimal {
    match unit {
        Unit::Euros => Decimal::ONE_THOUSAND,
        Unit::Percent => Decimal::ONE,
        Unit::Count => Decimal::from(5),
    }
}

fn smallest_step(unit: Unit) -> Decimal {
    match unit {
        Unit::Euros | Unit::Count => Decimal::ONE,
        Unit::Percent => Decimal::new(1, 3),
    }
}

/// 1, 2 or 5 times a power of ten, not below `least`, which is above zero.
fn round_step(least: Decimal) -> Decimal {
    let mut power = Decimal::new(1, 6);
    while power * Decimal::TEN <= least {
        power *= Decimal::TEN;
    }
    let multiples = [Decimal::ONE, Decimal::TWO, Decimal::from(5)].map(|multiple| power * multiple);
    multiples.into_iter().find(|step| *step >= least).unwrap_or(power * Decimal::TEN)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ticks(values: &[i64], unit: Unit) -> Vec<String> {
        let scale = Scale::over(values.iter().map(|value| Decimal::from(*value)), 500, unit);
        scale.ticks().map(|tick| scale.tick(tick).replace(['\u{a0}', '\u{202f}'], " ")).collect()
    }

    #[test]
    fn axes_are_marked_with_round_values() {
        assert_eq!(ticks(&[296_000, 12_345], Unit::Euros), ["0", "100 k€", "200 k€", "300 k€"]);
        assert_eq!(ticks(&[8_868_000], Unit::Euros), ["0", "2 M€", "4 M€", "6 M€", "8 M€", "10 M€"]);
        assert_eq!(ticks(&[-3, 7], Unit::Count), ["−4", "−2", "0", "2", "4", "6", "8"]);
        assert_eq!(ticks(&[0], Unit::Euros), ["0", "200 €", "400 €", "600 €", "800 €", "1 000 €"]);
        assert_eq!(ticks(&[1], Unit::Percent), ["0", "20 %", "40 %", "60 %", "80 %", "100 %"]);
        assert_eq!(ticks(&[2], Unit::Count), ["0", "1", "2"]);
        assert_eq!(ticks(&[-1_500_000], Unit::Euros), ["−1,5 M€", "−1 M€", "−0,5 M€", "0"]);
    }

    proptest! {
        #[test]
        fn every_value_stands_on_its_axis(low in any::<i128>(), high in any::<i128>(), digits in 0_u32..=28) {
            let value = |whole: i128| Decimal::try_from_i128_with_scale(whole >> 32, digits).unwrap();
            let values = [value(low), value(high)];
            for unit in [Unit::Euros, Unit::Percent, Unit::Count] {
                let scale = Scale::over(values.into_iter(), 400, unit);
                prop_assert!(scale.ticks().count() <= 12);
                for value in values {
                    let at = scale.at(value);
                    prop_assert!(at >= Decimal::ZERO && at <= Decimal::from(400), "{at}");
                    prop_assert!(!written(value, unit).is_empty());
                }
            }
        }
    }
}
