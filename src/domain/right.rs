//! What there is to grant from.

use jiff::civil::Date;

use super::money::Cents;
use super::programme::Programme;

/// Credits of a programme, for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// The programme.
    pub programme: Programme,
    /// The département that has them; none: they are not one département's alone.
    pub departement: Option<String>,
    /// The départements that share them; none: all of France.
    pub within: Option<Vec<String>>,
    /// How much.
    pub amount: Cents,
    /// First day; none: always was.
    pub valid_from: Option<Date>,
    /// Last day; none: still is.
    pub valid_to: Option<Date>,
}
