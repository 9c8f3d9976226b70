//! Dossiers listed: those of a kind, by number, a page or all of them.

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::codec::json;
use super::line::{LINE, read_line};
use super::search::Search;
use super::{DossierLine, Reader, StoreError};
use crate::domain::dossier::{DossierNumber, DossierState, ProcedureNumber};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::verdict::Status;

/// Which dossiers; each part that is given narrows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DossierFilter {
    /// Those of a programme.
    pub programme: Option<Programme>,
    /// Those of a démarche.
    pub procedure: Option<ProcedureNumber>,
    /// Those whose verdicts add up to this.
    pub status: Option<Status>,
    /// Those whose applicant lies there.
    pub departement: Option<String>,
    /// Those in a state on DS.
    pub state: Option<DossierState>,
    /// Those that a search finds.
    pub search: Option<Search>,
    /// Those after a number: the page that follows the one that ends with it.
    pub after: Option<DossierNumber>,
    /// At most so many.
    pub limit: Option<u32>,
}

impl DossierFilter {
    /// The conditions, and their values in order. `found`: the numbers that the search finds, as JSON.
    pub(super) fn sql(&self, found: Option<String>) -> (String, Vec<Value>) {
        let mut conditions = Conditions::default();
        conditions.put("programme = ?", self.programme.map(|programme| programme.code().to_owned()));
        conditions.put("procedure = ?", self.procedure);
        conditions.put("status = ?", self.status.map(|status| status.code().to_owned()));
        conditions.put("departement = ?", self.departement.clone());
        conditions.put("state = ?", self.state.as_ref().map(|state| state.code().to_owned()));
        conditions.put("number > ?", self.after);
        conditions.put("number IN (SELECT value FROM json_each(?))", found);
        let Conditions { sql, mut values } = conditions;
        let wanted = if sql.is_empty() { String::new() } else { format!(" WHERE {}", sql.join(" AND ")) };
        values.push(Value::from(self.limit.map_or(-1, i64::from)));
        (format!("{LINE}{wanted} ORDER BY number LIMIT ?"), values)
    }
}

#[derive(Default)]
struct Conditions {
    sql: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn put(&mut self, sql: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.sql.push(sql.to_owned());
            self.values.push(value.into());
        }
    }
}

/// What the dossiers of a programme add up to, but for those that are gone and were not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgrammeTally {
    /// The programme.
    pub programme: Programme,
    /// How many dossiers have each status, in the order of [`Status::ALL`].
    pub statuses: [u64; 3],
    /// The sum of the amounts computed.
    pub computed: Cents,
    /// The sum of what sums take of them.
    pub counted: Cents,
}

impl Reader<'_> {
    /// Calls `each` with the dossiers that a filter lets through, removed ones included, by number.
    ///
    /// # Errors
    /// A failure of the database, or what `each` returns.
    pub fn dossiers_listed<E: From<StoreError>>(
        &self,
        filter: &DossierFilter,
        mut each: impl FnMut(DossierLine) -> Result<(), E>,
    ) -> Result<(), E> {
        let found = filter.search.as_ref().map(|search| json(&self.dossiers_found(search)?)).transpose()?;
        let (sql, values) = filter.sql(found);
        let mut statement = self.connection.prepare_cached(&sql).map_err(StoreError::from)?;
        let mut rows = statement.query(params_from_iter(values)).map_err(StoreError::from)?;
        while let Some(line) = rows.read(read_line)? {
            each(line)?;
        }
        Ok(())
    }

    /// What the dossiers of each programme add up to, in the order of the programmes; those without dossiers are left out.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn programme_tallies(&self) -> Result<Vec<ProgrammeTally>, StoreError> {
        let mut tallies = Programme::ALL.map(|programme| ProgrammeTally {
            programme,
            statuses: [0; 3],
            computed: Cents::ZERO,
            counted: Cents::ZERO,
        });
        self.dossiers_listed::<StoreError>(&DossierFilter::default(), |line| {
            let is_kept = line.removed.is_none() || line.state == DossierState::Accepte;
            let tally = tallies.iter_mut().find(|tally| tally.programme == line.programme);
            let Some((tally, status)) = tally.zip(line.status.filter(|_| is_kept)) else { return Ok(()) };
            for (number, known) in tally.statuses.iter_mut().zip(Status::ALL) {
                *number += u64::from(known == status);
            }
            tally.computed += line.computed.unwrap_or_default();
            tally.counted += line.counted.unwrap_or_default();
            Ok(())
        })?;
        Ok(tallies.into_iter().filter(|tally| tally.statuses != [0; 3]).collect())
    }

    /// The dossier of a programme with a computed amount that has most rules to review, with their names.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn most_doubtful(&self, programme: Programme) -> Result<Option<(DossierNumber, Vec<String>)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT d.number, group_concat(r.rule, ',' ORDER BY v.id) FROM view_dossiers d
             CROSS JOIN verdicts v ON v.id >= d.number << 20 AND v.id < (d.number + 1) << 20
             CROSS JOIN rules r ON r.id = v.rule
             WHERE v.verdict = 'to_review' AND d.programme = ?1 AND d.computed_cents IS NOT NULL
               AND (d.removed_at IS NULL OR d.state = 'accepte')
             GROUP BY d.number ORDER BY count(*) DESC, d.number LIMIT 1",
        )?;
        let mut rows = statement.query([programme.code()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let rules: String = row.get(1)?;
        Ok(Some((row.get(0)?, rules.split(',').map(str::to_owned).collect())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::{Fact, FactName, FactSource, FactValue};
    use crate::domain::siret::Siret;
    use crate::store::Store;
    use crate::store::tests::{at, dossier, read, store, upsert, views, write};

    fn put(
        store: &Store,
        number: i64,
        state: DossierState,
        applicant: &str,
        siret: &str,
        departement: &str,
        title: &str,
    ) {
        upsert(store, &dossier(number, state.clone()), 1, "2021-09-03T10:00:00Z");
        let mut subject = views::subject();
        (subject.number, subject.state) = (number, state);
        subject.applicant.name = Some(applicant.to_owned());
        subject.applicant.siret = Siret::parse(siret).ok();
        subject.applicant.departement = Some(departement.to_owned());
        let source = FactSource {
            kind: crate::domain::champ::ChampKind::Champ,
            descriptor_id: String::new(),
            label: String::new(),
        };
        subject.facts.set(FactName::ProjectTitle, Ok(Fact { value: FactValue::Text(title.to_owned()), source }));
        write(store, |writer| writer.subject_put(&subject, "lecture", at("2021-09-03T10:00:00Z")));
    }

    fn some() -> (tempfile::TempDir, Store) {
        let (directory, store) = store();
        put(&store, 101, DossierState::Accepte, "Mairie du Mée-sur-Seine", "20005787500011", "77", "Démat’ pour tous");
        put(
            &store,
            102,
            DossierState::EnInstruction,
            "Ville d’Évry",
            "20005478100022",
            "91",
            "Œuvres à 50 % _en ligne_",
        );
        upsert(&store, &dossier(200_057_875, DossierState::EnConstruction), 1, "2021-09-03T10:00:00Z");
        (directory, store)
    }

    fn found(store: &Store, filter: &DossierFilter) -> Vec<i64> {
        let mut numbers = Vec::new();
        read(store, |reader| {
            reader.dossiers_listed(filter, |line| {
                numbers.push(line.number);
                Ok(())
            })
        });
        numbers
    }

    fn searched(store: &Store, text: &str) -> Vec<i64> {
        found(store, &DossierFilter { search: Some(text.parse().unwrap()), ..DossierFilter::default() })
    }

    #[test]
    fn a_search_goes_by_number_siret_applicant_and_title_as_people_read_them() {
        let (_directory, store) = some();
        assert_eq!(searched(&store, "101"), [101]);
        assert_eq!(searched(&store, "200 057 875 00011"), [101]);
        assert_eq!(searched(&store, "200057875"), [101, 200_057_875], "a number, and a part of a SIRET");
        assert_eq!(searched(&store, "101 mee"), [101]);
        assert_eq!(searched(&store, "dossier n° 101 (Mée)"), [101]);
        assert_eq!(searched(&store, "102 mee"), Vec::<i64>::new());
        assert_eq!(searched(&store, "LE MEE"), Vec::<i64>::new());
        assert_eq!(searched(&store, "seine mee"), [101]);
        assert_eq!(searched(&store, "d'evry"), [102]);
        assert_eq!(searched(&store, "ÉVRY oeuvres"), [102]);
        assert_eq!(searched(&store, "dematerialisation"), Vec::<i64>::new());
        // No sign is a wildcard.
        assert_eq!(searched(&store, "%"), [102]);
        assert_eq!(searched(&store, "mee%seine"), Vec::<i64>::new());
    }

    #[test]
    fn filters_add_up_and_pages_follow_each_other() {
        let (_directory, store) = some();
        let all = DossierFilter::default();
        assert_eq!(found(&store, &all), [101, 102, 200_057_875]);
        let of = |departement: &str| DossierFilter { departement: Some(departement.to_owned()), ..all.clone() };
        assert_eq!(found(&store, &of("91")), [102]);
        let accepted = DossierFilter { state: Some(DossierState::Accepte), ..of("91") };
        assert_eq!(found(&store, &accepted), Vec::<i64>::new());
        assert_eq!(
            found(&store, &DossierFilter { programme: Some(Programme::Axe3V2), ..all.clone() }),
            Vec::<i64>::new()
        );
        assert_eq!(found(&store, &DossierFilter { status: Some(Status::Eligible), ..all.clone() }), Vec::<i64>::new());
        let page = DossierFilter { limit: Some(2), ..all.clone() };
        assert_eq!(found(&store, &page), [101, 102]);
        assert_eq!(found(&store, &DossierFilter { after: Some(102), ..page }), [200_057_875]);
    }

    #[test]
    fn what_is_erased_is_no_longer_found() {
        let (_directory, store) = some();
        write(&store, |writer| writer.dossier_erase(101, &[], at("2021-10-01T00:00:00Z")));
        assert_eq!(searched(&store, "mee"), Vec::<i64>::new());
        assert_eq!(searched(&store, "101"), [101], "its number stays");
    }
}
