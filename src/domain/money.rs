//! Money: integer cents of euro, exact from the digits received to the list sent.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text::grouped;

/// An amount in cents of euro. Negative for credit notes.
///
/// Every amount read from outside lies within [`Cents::LIMIT`]: with 128 bits, no sum or difference of as many amounts as a machine
/// can hold overflows. What is kept of one dossier has 64 bits in the database, which refuses more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(pub i128);

/// Why a text or a decimal is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is not a decimal number.
    #[error("« {0} » n’est pas un montant")]
    NotANumber(String),
    /// More than two decimals: rounding would change the amount.
    #[error("« {0} » a plus de deux décimales")]
    SubCent(String),
    /// Beyond what the program accounts for.
    #[error("« {0} » dépasse mille milliards d’euros")]
    TooLarge(String),
}

impl Cents {
    /// No euro at all.
    pub const ZERO: Self = Self(0);
    /// The largest absolute amount accepted from outside: 10¹² euros.
    pub const LIMIT: Self = Self(100_000_000_000_000);

    /// A whole number of euros.
    #[must_use]
    pub const fn euros(euros: i64) -> Self {
        // `From` is not for constants.
        Self(euros as i128 * 100)
    }

    /// The amount of a decimal number of euros; refuses fractions of a cent rather than rounding them.
    ///
    /// # Errors
    /// [`MoneyError::SubCent`] and [`MoneyError::TooLarge`].
    pub fn from_decimal(euros: Decimal) -> Result<Self, MoneyError> {
        let cents = Self::exact(euros)?;
        if cents < -Self::LIMIT || cents > Self::LIMIT {
            return Err(MoneyError::TooLarge(euros.to_string()));
        }
        Ok(cents)
    }

    /// The same without the limit, for what the program wrote itself: sums go beyond it.
    ///
    /// # Errors
    /// [`MoneyError::SubCent`], and [`MoneyError::TooLarge`] beyond 26 digits of euros.
    pub fn exact(euros: Decimal) -> Result<Self, MoneyError> {
        let cents =
            euros.checked_mul(Decimal::ONE_HUNDRED).ok_or_else(|| MoneyError::TooLarge(euros.to_string()))?.normalize();
        if cents.scale() > 0 {
            return Err(MoneyError::SubCent(euros.to_string()));
        }
        Ok(Self(cents.mantissa()))
    }

    /// Reads the digits of a JSON number or of an ISO-like decimal (`5250.4`, `1e3`).
    ///
    /// # Errors
    /// See [`MoneyError`].
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let text = text.trim();
        let euros = text
            .parse::<Decimal>()
            .or_else(|_| Decimal::from_scientific(text))
            .map_err(|_| MoneyError::NotANumber(text.to_owned()))?;
        Self::from_decimal(euros)
    }

    /// Reads an amount as people write it in French: `5 250,40 €`, `5250.40`, with any kind of space.
    ///
    /// # Errors
    /// See [`MoneyError`].
    pub fn parse_french(text: &str) -> Result<Self, MoneyError> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace() && *c != '€').collect();
        if compact.contains(',') && compact.contains('.') {
            return Err(MoneyError::NotANumber(text.trim().to_owned()));
        }
        Self::parse(&compact.replace(',', "."))
    }

    /// The amount in euros, with two decimals.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        // A decimal holds 28 digits, sums of a hundred million million amounts of the largest.
        let largest = if self.0 < 0 { Decimal::MIN } else { Decimal::MAX };
        Decimal::try_from_i128_with_scale(self.0, 2).unwrap_or(largest)
    }

    /// `8800.00`: for JSON and SQL tools.
    #[must_use]
    pub fn to_decimal_string(self) -> String {
        self.to_decimal().to_string()
    }

    /// `8800,00`: for the French CSV.
    #[must_use]
    pub fn to_comma_string(self) -> String {
        self.to_decimal_string().replace('.', ",")
    }

    /// The share `rate` of this amount (`0.8` for 80 %), rounded down to the cent (towards zero).
    #[must_use]
    pub fn share_rounded_down(self, rate: Decimal) -> Self {
        let exact = Decimal::try_from_i128_with_scale(self.0, 0).ok().and_then(|cents| cents.checked_mul(rate));
        // Nothing rather than too much: see `to_decimal` for how far that is.
        exact.map_or(Self::ZERO, |exact| Self(exact.round_dp_with_strategy(0, RoundingStrategy::ToZero).mantissa()))
    }

    /// So many times this amount.
    #[must_use]
    pub fn times(self, number: i64) -> Self {
        Self(self.0.saturating_mul(number.into()))
    }

    /// Neither negative nor zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }
}

/// A number, in cents.
impl Serialize for Cents {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        match i64::try_from(self.0) {
            Ok(cents) => output.serialize_i64(cents),
            Err(_) => output.serialize_i128(self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Cents {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        i64::deserialize(input).map(|cents| Self(cents.into()))
    }
}

/// As people read it: `8 800,00 €`, with no-break spaces.
impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let absolute = self.0.unsigned_abs();
        let (euros, cents) = (absolute / 100, absolute % 100);
        let sign = if self.0 < 0 { "−" } else { "" };
        f.pad(&format!("{sign}{},{cents:02}\u{a0}€", grouped(euros.cast_signed())))
    }
}

/// What the database keeps.
impl From<i64> for Cents {
    fn from(cents: i64) -> Self {
        Self(cents.into())
    }
}

impl Add for Cents {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Cents {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Cents {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Cents {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_the_digits_of_json_numbers() {
        assert_eq!(Cents::parse("5250.4"), Ok(Cents(525_040)));
        assert_eq!(Cents::parse("1e3"), Ok(Cents(100_000)));
        assert_eq!(Cents::parse("8800.00000"), Ok(Cents(880_000)));
        let edges = ["-92233720368547758.08", "92233720368547758.07", "-92233720368547758.09", "-1000000000000.01"];
        for edge in edges.into_iter().chain(["1000000000000.01", "-792281625142643375935439503.35"]) {
            assert!(matches!(Cents::parse(edge), Err(MoneyError::TooLarge(_))), "{edge}");
        }
        assert_eq!(Cents::parse("-1000000000000"), Ok(Cents(-Cents::LIMIT.0)));
        assert_eq!(Cents::parse("-12"), Ok(Cents(-1_200)));
        assert!(matches!(Cents::parse("0.001"), Err(MoneyError::SubCent(_))));
        assert!(matches!(Cents::parse("1e20"), Err(MoneyError::TooLarge(_))));
        assert!(matches!(Cents::parse("NaN"), Err(MoneyError::NotANumber(_))));
    }

    #[test]
    fn reads_what_people_write() {
        assert_eq!(Cents::parse_french("5 250,40 €"), Ok(Cents(525_040)));
        assert_eq!(Cents::parse_french("5\u{202f}250,4"), Ok(Cents(525_040)));
        assert!(Cents::parse_french("5.250,40").is_err());
    }

    #[test]
    fn shows_amounts_in_french() {
        assert_eq!(Cents(880_000).to_string(), "8\u{202f}800,00\u{a0}€");
        assert_eq!(Cents(-5).to_string(), "−0,05\u{a0}€");
        assert_eq!(Cents(123_456_789).to_string(), "1\u{202f}234\u{202f}567,89\u{a0}€");
    }

    #[test]
    fn shares_are_rounded_down() {
        // "Volet 2, cost 33 333,33 €" at 80 % is 26 666,66 €.
        assert_eq!(Cents(3_333_333).share_rounded_down(Decimal::new(8, 1)), Cents(2_666_666));
    }

    /// Amounts within the limit, many of them at its edges.
    fn amounts() -> impl Strategy<Value = Cents> {
        let limit = Cents::LIMIT.0;
        prop_oneof![-limit..=limit, Just(limit), Just(-limit), Just(limit - 1), Just(0)].prop_map(Cents)
    }

    proptest! {
        #[test]
        fn sums_are_exact_however_many_and_large_their_amounts(list in prop::collection::vec(amounts(), 0..40)) {
            // As many as no machine holds.
            let times = i64::MAX;
            let exact: i128 = list.iter().map(|amount| amount.0).sum();
            let sum: Cents = list.iter().copied().sum();
            prop_assert_eq!(sum.0, exact);
            prop_assert_eq!(Cents(times.into()).times(100_000_000_000_000).0, i128::from(times) * Cents::LIMIT.0);
            let back = list.iter().fold(sum, |left, amount| left - *amount);
            prop_assert_eq!((back, -(-sum) - sum), (Cents::ZERO, Cents::ZERO));
            prop_assert_eq!(Cents::exact(sum.to_decimal()), Ok(sum));
            prop_assert_eq!(serde_json::to_string(&sum).unwrap(), exact.to_string());
            prop_assert_eq!(Cents::parse(&sum.to_decimal_string()).ok(), Some(sum).filter(|_| exact.abs() <= Cents::LIMIT.0));
        }

        #[test]
        fn a_share_is_never_more_than_its_amount_nor_a_cent_less_than_exact(amount in amounts(), permille in 0_i64..=1000) {
            let share = amount.share_rounded_down(Decimal::new(permille, 3));
            let exact = amount.0 * i128::from(permille);
            prop_assert_eq!(share.0, exact / 1000, "rounded towards zero");
        }

        #[test]
        fn whatever_is_written_is_an_amount_within_the_limit_or_none(text in "-?[0-9]{1,40}([.,][0-9]{0,30})?(e-?[0-9]{1,3})?") {
            for amount in [Cents::parse(&text), Cents::parse_french(&text)].into_iter().flatten() {
                prop_assert!(-Cents::LIMIT <= amount && amount <= Cents::LIMIT);
            }
        }

        #[test]
        fn every_amount_survives_its_texts(cents in -Cents::LIMIT.0..=Cents::LIMIT.0) {
            let amount = Cents(cents);
            prop_assert_eq!(Cents::parse(&amount.to_decimal_string()), Ok(amount));
            prop_assert_eq!(Cents::parse_french(&amount.to_comma_string()), Ok(amount));
            prop_assert_eq!(Cents::parse_french(&amount.to_string().replace('−', "-")), Ok(amount));
        }
    }
}
