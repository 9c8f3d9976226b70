//! What dossiers are found by.

use memchr::memmem::Finder;
use rusqlite::{Connection, params};

use super::{Reader, Sql, StoreError, Writer};
use crate::domain::dossier::DossierNumber;
use crate::domain::fact::FactName;
use crate::domain::siret::Siret;
use crate::domain::subject::Subject;
use crate::domain::text::{fold, grouped};

/// What an officer looks for: words, each of which must be found somewhere in the applicant's name, its SIRET or the title of the
/// project, as people read them (case, accents, apostrophes and hyphens make no difference), or be the number of the dossier.
/// Digits alone, spaced or not, are a number of a dossier or a part of a SIRET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The number that it may be, of a dossier of which nothing else may be known.
    pub(super) number: Option<DossierNumber>,
    /// Folded; all of them are to be found.
    pub(super) words: Vec<String>,
}

/// The most words that are looked for: each is held against every dossier.
const MOST_WORDS: usize = 20;

/// What people write before a number, folded.
const BEFORE_A_NUMBER: [&str; 6] = ["dossier", "numero", "num", "no", "n°", "n"];

impl std::str::FromStr for Search {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let folded = fold(text);
        if folded.is_empty() {
            return Err("donnez un numéro, un SIRET, ou des mots du nom du demandeur ou du titre du projet".to_owned());
        }
        let words = words(&folded);
        if words.iter().all(|word| is_number(word)) {
            let digits = words.concat();
            return Ok(Self { number: digits.parse().ok(), words: vec![digits] });
        }
        if words.len() > MOST_WORDS {
            return Err(format!("{} mots, c’est trop : donnez-en {MOST_WORDS} au plus", grouped(words.len() as u64)));
        }
        Ok(Self { number: None, words })
    }
}

/// The words of a folded text without the signs around them, and without what announces a number.
fn words(folded: &str) -> Vec<String> {
    let mut words: Vec<&str> = Vec::new();
    // Signs by themselves are looked for only where there is nothing else.
    let has_letters = folded.contains(char::is_alphanumeric);
    for word in folded.split(' ').filter(|word| !has_letters || word.contains(char::is_alphanumeric)) {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let number = |before: &&str| bare.strip_prefix(before).filter(|rest| is_number(rest));
        let bare = BEFORE_A_NUMBER.iter().find_map(number).unwrap_or(bare);
        if is_number(bare) {
            while words.pop_if(|last| BEFORE_A_NUMBER.contains(last)).is_some() {}
        }
        words.push(if bare.is_empty() { word } else { bare });
    }
    words.into_iter().map(str::to_owned).collect()
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// The text that a search looks through.
fn text(applicant: Option<&str>, siret: Option<&str>, title: Option<&str>) -> String {
    let applicant = applicant.map(fold).unwrap_or_default();
    format!("{applicant}\n{}\n{}", siret.unwrap_or_default(), title.map(fold).unwrap_or_default())
}

impl Writer<'_> {
    /// Makes a dossier be found by what was read of it.
    pub(super) fn search_put(&self, subject: &Subject) -> Result<(), StoreError> {
        let applicant = &subject.applicant;
        let siret = applicant.siret.as_ref().map(Siret::as_str);
        let text = text(applicant.name.as_deref(), siret, subject.facts.text(FactName::ProjectTitle));
        put(self.transaction, subject.number, &text)?;
        Ok(())
    }
}

fn put(sql: Sql<'_>, number: DossierNumber, text: &str) -> rusqlite::Result<()> {
    sql.prepare_cached(
        "INSERT INTO search (dossier, text) VALUES (?1, ?2) ON CONFLICT (dossier) DO UPDATE SET text = excluded.text",
    )?
    .execute(params![number, text])?;
    Ok(())
}

impl Reader<'_> {
    /// The dossiers that a search finds. All that there is to be found is looked through here: SQL would take thrice as long for it.
    pub(super) fn dossiers_found(&self, search: &Search) -> Result<Vec<DossierNumber>, StoreError> {
        let words: Vec<(Finder<'_>, Option<DossierNumber>)> =
            search.words.iter().map(|word| (Finder::new(word), word.parse().ok())).collect();
        let mut found: Vec<DossierNumber> = search.number.into_iter().collect();
        let mut statement = self.connection.prepare_cached("SELECT text, dossier FROM search")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let text = row.get_ref(0)?.as_bytes().unwrap_or_default();
            if words.iter().all(|(word, _)| word.find(text).is_some()) {
                found.push(row.get(1)?);
            }
        }
        // The few of which a word is the number.
        let mut statement = self.connection.prepare_cached("SELECT text FROM search WHERE dossier = ?1")?;
        for number in words.iter().filter_map(|(_, number)| *number) {
            let mut rows = statement.query([number])?;
            let Some(row) = rows.next()? else { continue };
            let text = row.get_ref(0)?.as_bytes().unwrap_or_default();
            if words.iter().all(|(word, other)| *other == Some(number) || word.find(text).is_some()) {
                found.push(number);
            }
        }
        Ok(found)
    }
}

/// Makes the dossiers that were read before there was this table be found.
pub(super) fn fill(connection: &Connection) -> rusqlite::Result<()> {
    let sql = Sql(connection);
    let mut statement = sql.prepare_cached("SELECT dossier, applicant, siret, subject FROM subjects")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (applicant, siret): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
        // Damaged, it is read again at the next evaluation.
        let subject = row.get_ref(3)?.as_bytes().ok().and_then(|text| serde_json::from_slice::<Subject>(text).ok());
        let title = subject.as_ref().and_then(|subject| subject.facts.text(FactName::ProjectTitle));
        put(sql, row.get(0)?, &text(applicant.as_deref(), siret.as_deref(), title))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::champ::ChampKind;
    use crate::domain::dossier::DossierState;
    use crate::domain::fact::{Fact, FactSource, FactValue};
    use crate::store::tests::{at, dossier, read, store, upsert, views, write};

    fn search(text: &str) -> Result<(Option<DossierNumber>, Vec<String>), String> {
        let Search { number, words } = text.parse()?;
        Ok((number, words))
    }

    #[test]
    fn words_are_folded_and_digits_are_one() {
        assert_eq!(
            search("Saint-Étienne  d’Œuvre"),
            Ok((None, ["saint", "etienne", "d", "oeuvre"].map(str::to_owned).into()))
        );
        assert_eq!(search("213 500 012 00017"), Ok((Some(21_350_001_200_017), vec!["21350001200017".to_owned()])));
        assert_eq!(search("99999999999999999999").unwrap().0, None);
        for pasted in [
            "n° 1234567",
            "N°1234567",
            "dossier 1234567",
            "Dossier n° 1234567 :",
            "dossier n° 1 234 567",
            "#1234567",
            "(1234567)",
        ] {
            assert_eq!(search(pasted), Ok((Some(1_234_567), vec!["1234567".to_owned()])), "{pasted}");
        }
        let words = |text: &str| search(text).map(|(_, words)| words.join(" ")).unwrap();
        assert_eq!(words("1234567 Grand Paris"), "1234567 grand paris");
        assert_eq!(words("le dossier n° 1234567, du Grand Paris"), "le 1234567 du grand paris");
        assert_eq!(words("n° un, dossier"), "n un dossier", "no number follows");
        assert_eq!(words("lot n°3"), "lot 3");
        assert!(search(" ’ ").is_err());
        assert!(search(&"mot ".repeat(20)).is_ok());
        assert_eq!(
            search(&"mot ".repeat(1_200)),
            Err("1\u{202f}200 mots, c’est trop : donnez-en 20 au plus".to_owned())
        );
        assert!(search(&"12 ".repeat(1_200)).is_ok(), "one number, whatever its length");
    }

    #[test]
    fn dossiers_that_were_read_before_are_found_too() {
        let (_directory, store) = store();
        upsert(&store, &dossier(7, DossierState::Accepte), 1, "2021-09-03T10:00:00Z");
        let mut subject = views::subject();
        let source = FactSource { kind: ChampKind::Champ, descriptor_id: String::new(), label: String::new() };
        let title = Fact { value: FactValue::Text("Démat’ADS".to_owned()), source };
        subject.facts.set(FactName::ProjectTitle, Ok(title));
        write(&store, |writer| writer.subject_put(&subject, "lecture", at("2021-09-03T10:00:00Z")));
        let looked_through = || {
            let text = |connection: Sql<'_>| connection.query_row("SELECT text FROM search", [], |row| row.get(0));
            read(&store, |reader| Ok(text(reader.connection)?))
        };
        let before: String = looked_through();
        assert_eq!(before, "melun\n20005787500011\ndemat ads");
        write(&store, |writer| {
            writer.transaction.execute("DELETE FROM search", [])?;
            // As it was stored then.
            let json = serde_json::to_vec(&subject).unwrap();
            writer.transaction.execute("UPDATE subjects SET subject = ?1", [json])?;
            Ok(fill(writer.transaction.0)?)
        });
        assert_eq!(looked_through(), before);
    }

    #[test]
    fn what_is_looked_through_is_folded_too() {
        assert_eq!(
            text(Some("Mairie du Mée-sur-Seine"), Some("21770285800013"), None),
            "mairie du mee sur seine\n21770285800013\n"
        );
        assert_eq!(text(None, None, Some("Dématérialisation")), "\n\ndematerialisation");
    }
}
