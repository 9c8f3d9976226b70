//! A dossier being made up, and the small things that it is made of.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};

use crate::domain::dossier::DossierState;
use crate::domain::instant::{paris, paris_date};
use crate::domain::money::Cents;
use crate::sandbox::Content;
use crate::sandbox::forms::SUPPORTS;
use crate::sandbox::world::{
    Answer, Answers, Applicant, Company, Dossier, File, Kind, Procedure, Row, Treatment, Value,
};

const REMARKS: [&str; 4] = [
    "L’accompagnement de la préfecture a été précieux ; il nous manque une foire aux questions.",
    "Nous souhaiterions partager notre cahier des charges avec d’autres communes.",
    "Les délais de l’éditeur ont retardé le raccordement : l’été n’a pas aidé.",
    "À refaire, nous formerions d’abord l’équipe, puis nous choisirions l’outil.",
];

/// A dossier on its form, with the randomness that makes it up.
#[derive(Debug)]
pub struct Draft<'a> {
    /// The dossier so far.
    pub dossier: Dossier,
    /// Its démarche.
    pub procedure: &'a Procedure,
    /// The only randomness.
    pub rng: &'a mut Rng,
}

/// A line of expenses.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// An index in `forms::NATURES`.
    pub nature: usize,
    /// What was bought.
    pub subject: &'static str,
    /// How much; negative for a credit note.
    pub amount: Cents,
    /// An index in `forms::ORIGINS`; none when it is not said.
    pub origin: Option<usize>,
    /// When.
    pub on: Date,
}

impl<'a> Draft<'a> {
    /// A dossier just filed.
    pub fn filed(procedure: &'a Procedure, number: i64, at: Timestamp, company: Company, rng: &'a mut Rng) -> Self {
        let group = procedure.groups.iter().find(|group| group.label.starts_with(&company.address.place.departement));
        let group = group.or(procedure.groups.first()).map_or(0, |group| group.number);
        let dossier = Dossier {
            number,
            procedure: procedure.number,
            state: DossierState::EnConstruction,
            archived: false,
            deposited_at: at,
            constructed_at: at,
            instructed_at: None,
            treated_at: None,
            updated_at: at,
            champs_at: at,
            annotations_at: at,
            motivation: None,
            attestation: None,
            applicant: Some(Applicant::Company(company)),
            group,
            labels: BTreeSet::new(),
            treatments: vec![Treatment { event: "depose", at, motivation: None }],
            opinions: Vec::new(),
            answers: BTreeMap::new(),
            hidden_questions: BTreeSet::new(),
            hidden_by_user: None,
            hidden_by_administration: None,
            hidden_by_expiry: None,
        };
        Self { dossier, procedure, rng }
    }

    /// The legal entity that asks, when there is one.
    pub fn company_mut(&mut self) -> Option<&mut Company> {
        match &mut self.dossier.applicant {
            Some(Applicant::Company(company) | Applicant::Incomplete(company)) => Some(company),
            _ => None,
        }
    }

    /// Answers the question with a key, as the applicant, when the form has it.
    pub fn set(&mut self, key: &str, value: Value) {
        let at = self.dossier.champs_at;
        self.answer(key, value, at);
    }

    /// Answers the annotation with a key, at an instant of the instruction.
    pub fn annotate(&mut self, key: &str, value: Value, at: Timestamp) {
        self.dossier.annotations_at = self.dossier.annotations_at.max(at);
        self.dossier.updated_at = self.dossier.updated_at.max(at);
        self.answer(key, value, at);
    }

    fn answer(&mut self, key: &str, value: Value, at: Timestamp) {
        if let Some(field) = self.procedure.field(key) {
            self.dossier.answers.insert(field.stable_id, Answer { value, updated_at: at });
        }
    }

    /// Takes an answer back.
    pub fn clear(&mut self, key: &str) {
        if let Some(field) = self.procedure.field(key) {
            self.dossier.answers.remove(&field.stable_id);
        }
    }

    /// A condition hides a question.
    pub fn hide(&mut self, key: &str) {
        self.clear(key);
        if let Some(field) = self.procedure.field(key) {
            self.dossier.hidden_questions.insert(field.stable_id);
        }
    }

    /// A choice of the list of a question, by its place.
    pub fn choose(&mut self, key: &str, index: usize) {
        let choice = self.procedure.field(key).and_then(|field| field.options.get(index)).cloned();
        if let Some(choice) = choice {
            self.set(key, Value::Choice(choice));
        }
    }

    /// A row of a repetition, from the keys of its questions.
    pub fn row(&mut self, values: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Row {
        let at = self.dossier.champs_at;
        let answers: Answers = values
            .into_iter()
            .filter_map(|(key, value)| {
                Some((self.procedure.field(key)?.stable_id, Answer { value: value?, updated_at: at }))
            })
            .collect();
        Row { ulid: ulid(self.rng), answers }
    }

    /// Sets the lines of expenses.
    pub fn expenses(&mut self, lines: &[Line]) {
        let choice = |key: &str, index: usize| {
            self.procedure.field(key).and_then(|field| field.options.get(index)).cloned().map(Value::Choice)
        };
        let values: Vec<_> = lines
            .iter()
            .map(|line| {
                [
                    ("expense_nature", choice("expense_nature", line.nature)),
                    ("expense_subject", Some(Value::Text(line.subject.to_owned()))),
                    ("expense_amount", Some(Value::Decimal(line.amount))),
                    ("expense_origin", line.origin.and_then(|origin| choice("expense_origin", origin))),
                    ("expense_date", Some(Value::Date(line.on))),
                ]
            })
            .collect();
        let rows = values.into_iter().map(|values| self.row(values)).collect();
        self.set("expenses", Value::Rows(rows));
    }

    /// Attaches so many files.
    pub fn attach(&mut self, key: &str, name: &str, count: usize) {
        let at = self.dossier.champs_at;
        let files = (1..=count).map(|index| file(self.rng, format!("{name}-{index:02}.pdf"), at)).collect();
        self.set(key, Value::Files(files));
    }

    /// Fills the questions without a key, each by its kind; many are left empty.
    pub fn fill_sides(&mut self) {
        let procedure = self.procedure;
        let sides = procedure.champs.iter().filter(|field| field.key.is_empty());
        for field in sides {
            let filled = field.required || self.rng.u8(..10) < 6;
            let value = if filled { self.side_value(field.kind, &field.options) } else { None };
            if let Some(value) = value {
                let answer = Answer { value, updated_at: self.dossier.champs_at };
                self.dossier.answers.insert(field.stable_id, answer);
            }
        }
    }

    /// What applicants say besides: the support that they hope for, a remark now and then.
    pub fn set_support_and_feedback(&mut self) {
        let wanted: Vec<String> =
            SUPPORTS.iter().filter(|_| self.rng.u8(..3) == 0).map(|&name| name.to_owned()).collect();
        if !wanted.is_empty() {
            self.set("support_wanted", Value::Choices(wanted));
        }
        let silent =
            self.procedure.field("feedback").is_none_or(|field| !self.dossier.answers.contains_key(&field.stable_id));
        if silent && self.rng.u8(..4) == 0 {
            let remark = REMARKS[self.rng.usize(..REMARKS.len())];
            self.set("feedback", Value::Text(remark.to_owned()));
        }
    }

    /// Something plausible for a kind. Nothing that would have to be somebody's: no address of a mailbox, no account number.
    fn side_value(&mut self, kind: Kind, options: &[String]) -> Option<Value> {
        let company = self.company_mut().cloned()?;
        let place = company.address.place.clone();
        Some(match kind {
            Kind::Checkbox | Kind::YesNo => Value::Bool(true),
            Kind::Civilite => Value::Choice(["M", "Mme"][self.rng.usize(..2)].to_owned()),
            Kind::TitreIdentite | Kind::Carte => Value::Present,
            Kind::Address => Value::Address(company.address),
            Kind::Siret => Value::Siret(Box::new(company)),
            Kind::Commune => Value::Commune(place),
            Kind::Epci => {
                let groupement = crate::territory::commune(&place.code)?.groupements().next()?;
                Value::Coded(groupement.siren.to_owned(), groupement.name.to_owned())
            }
            Kind::Region => Value::Coded("11".to_owned(), "Île-de-France".to_owned()),
            Kind::Pays => Value::Coded("FR".to_owned(), "France".to_owned()),
            Kind::Rna => Value::Coded("W000000001".to_owned(), "Association fictive".to_owned()),
            Kind::Rnf => Value::Coded("000-FDD-00001-00".to_owned(), "Fondation fictive".to_owned()),
            // The numbers that the regulator keeps for fiction.
            Kind::Phone => Value::Text(format!("01 99 00 {:02} {:02}", self.rng.u8(..100), self.rng.u8(..100))),
            Kind::Number => Value::Text(self.rng.u8(2..40).to_string()),
            Kind::Formatted => Value::Text(format!("CTE-{:04}", self.rng.u16(..10_000))),
            Kind::LinkedDropDownList => {
                let primary = options.first()?.trim_matches('-').to_owned();
                Value::Linked(primary, options.get(1)?.clone())
            }
            Kind::Text | Kind::Textarea | Kind::Referentiel | Kind::AnnuaireEducation | Kind::Cojo => {
                Value::Text("Sans objet".to_owned())
            }
            _ => return None,
        })
    }

    /// The instruction begins.
    pub fn instruct(&mut self, at: Timestamp) {
        self.dossier.move_to(DossierState::EnInstruction, at, None);
    }

    /// The decision is taken; a granted dossier gets its letter.
    pub fn decide(&mut self, state: DossierState, at: Timestamp, motivation: Option<&str>) {
        let granted = state == DossierState::Accepte;
        self.dossier.move_to(state, at, motivation.map(str::to_owned));
        if granted {
            self.dossier.attestation = Some(file(self.rng, format!("attestation-{}.pdf", self.dossier.number), at));
        }
    }
}

/// An instant of the working day, to the microsecond.
pub fn working_hour(rng: &mut Rng, day: Date) -> Timestamp {
    let seconds = i64::from(rng.u32(8 * 3600..18 * 3600));
    let start = day.to_zoned(paris()).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp());
    start + SignedDuration::from_secs(seconds) + SignedDuration::from_micros(i64::from(rng.u32(..1_000_000)))
}

/// An instant so many working days later, more or less.
pub fn later(rng: &mut Rng, from: Timestamp, days: std::ops::Range<i64>) -> Timestamp {
    let day = day_after(paris_date(from), rng.i64(days));
    working_hour(rng, day)
}

/// The day so many days later; Saturdays and Sundays become the Monday that follows.
pub fn day_after(day: Date, days: i64) -> Date {
    let mut day = day.saturating_add(jiff::Span::new().days(days));
    while matches!(day.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday) {
        day = day.saturating_add(jiff::Span::new().days(1));
    }
    day
}

/// A day between two, both included.
pub fn day_between(rng: &mut Rng, first: Date, last: Date) -> Date {
    let days = first.until(last).map_or(0, |span| i64::from(span.get_days()));
    day_after(first, rng.i64(0..=days.max(0))).min(last)
}

/// A file of some kilobytes.
pub fn file(rng: &mut Rng, filename: String, created_at: Timestamp) -> File {
    // Half of the bytes drawn are enough.
    let [seed, _] = [(); 2].map(|()| u64::from_le_bytes(std::array::from_fn(|_| rng.u8(..))));
    let size = usize::try_from(rng.u32(20_000..900_000) / 32).unwrap_or_default();
    let content = Content { seed, size };
    let mut file = File {
        filename,
        content_type: "application/pdf",
        byte_size: 0,
        checksum: String::new(),
        created_at,
        virus_scan: "safe",
        content,
    };
    file.announce();
    file
}

/// A ULID of no particular time.
pub fn ulid(rng: &mut Rng) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    std::iter::once('0').chain((0..25).map(|_| char::from(DIGITS[rng.usize(..32)]))).collect()
}

/// An amount of euros and cents; the cents are often none.
pub fn amount(rng: &mut Rng, euros: std::ops::Range<i64>) -> Cents {
    let cents = if rng.bool() { 0 } else { rng.i64(0..100) };
    Cents::from(rng.i64(euros) * 100 + cents)
}

/// The end of the period of the guide: nothing happens after it.
pub const END: Date = date(2022, 12, 31);
