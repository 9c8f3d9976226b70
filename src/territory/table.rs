//! Tables searched in place: `build.rs` writes them when the program is built, sorted, and nothing is read or allocated at the start.

/// Records of text, one a line, in the order of their first field.
pub(super) struct Table {
    text: &'static str,
    /// Where each record begins, bytes, little-endian.
    starts: &'static [[u8; 4]],
}

/// A table that the build made.
macro_rules! table {
    ($name:literal) => {
        Table::new(
            include_str!(concat!(env!("OUT_DIR"), "/", $name, ".txt")),
            include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".starts")),
        )
    };
}

pub(super) static COMMUNES: Table = table!("communes");
pub(super) static COMMUNES_BY_SIREN: Table = table!("communes_by_siren");
pub(super) static COMMUNES_BY_NAME: Table = table!("communes_by_name");
pub(super) static GROUPEMENTS: Table = table!("groupements");
pub(super) static DEPARTEMENTS: Table = table!("departements");

impl Table {
    const fn new(text: &'static str, starts: &'static [u8]) -> Self {
        Self { text, starts: starts.as_chunks().0 }
    }

    /// How many records it has.
    pub(super) const fn len(&self) -> usize {
        self.starts.len()
    }

    /// The record at a place, counted from zero; empty beyond the last.
    pub(super) fn record(&self, at: usize) -> &'static str {
        let start =
            |at: usize| self.starts.get(at).map_or(self.text.len(), |start| u32::from_le_bytes(*start) as usize);
        self.text.get(start(at)..start(at + 1)).unwrap_or_default().trim_end_matches('\n')
    }

    /// The first place whose key is not before `key`.
    pub(super) fn place(&self, key: &str) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if first_field(self.record(middle)) < key { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// The record with a key.
    pub(super) fn find(&self, key: &str) -> Option<&'static str> {
        Some(self.record(self.place(key))).filter(|record| !record.is_empty() && first_field(record) == key)
    }
}

fn first_field(record: &str) -> &str {
    record.split('\t').next().unwrap_or_default()
}

/// The fields of a record; those that it does not have are empty.
pub(super) fn fields<const N: usize>(record: &'static str) -> [&'static str; N] {
    let mut fields = record.split('\t');
    std::array::from_fn(|_| fields.next().unwrap_or_default())
}
