//! The pack of a département’s committee, through the program.

mod common;

use common::{ADS, GUICHET, Stand};
use fitn_connector::files::write_atomically;

const PACK: &str = "export committee --departement 77 --quarter 2021-Q3";

#[test]
fn a_pack_is_kept_and_given_again() {
    let stand = Stand::new(&[ADS, GUICHET]);
    stand.run("sync").expect(0);
    let made = stand.run(PACK).expect(0);
    assert_eq!(made.err, "document arrêté et conservé\n");
    let formats: &[&str] = if cfg!(feature = "pdf") { &["pdf", "ods"] } else { &["ods"] };
    let paths = formats.iter().map(|format| stand.path(&format!("exports/comite-77-2021-T3.{format}")));
    let files = || paths.clone().map(|path| std::fs::read(path).unwrap()).collect::<Vec<_>>();
    let first = files();
    paths.clone().for_each(|path| std::fs::remove_file(path).unwrap());
    let again = stand.run(PACK).expect(0);
    assert!(again.err.starts_with("document déjà arrêté"), "{}", again.err);
    assert!(files() == first, "the same bytes");
    let kept = "SELECT count(*) FROM view_exports WHERE kind = 'committee' AND period = '77-2021-Q3'";
    assert_eq!(stand.number(kept), i64::try_from(formats.len()).unwrap());
    // Another département has a pack of its own; one that is not served has none.
    stand.run("export committee --departement 78 --quarter 2021-Q3").expect(0);
    let refused = stand.run("export committee --departement 28 --quarter 2021-Q3");
    assert!(refused.code != 0 && refused.err.contains("le département 28 n’est pas suivi ici"), "{}", refused.err);
}

#[test]
fn a_workbook_is_read_without_anything_being_written() {
    let stand = Stand::new(&[ADS, GUICHET]);
    stand.run("sync").expect(0);
    stand.run(PACK).expect(0);
    let blank = stand.run("committee read exports/comite-77-2021-T3.ods").expect(0);
    assert!(blank.out.starts_with("comité du département 77, 3"), "{}", blank.out);
    write_atomically(&stand.path("autre.ods"), b"Dossier;Montant").unwrap();
    for (file, said) in
        [("autre.ods", "ce n’est pas un classeur de comité fait ici"), ("absent.ods", "ne peut pas être lu")]
    {
        let refused = stand.run(&format!("committee read {file}"));
        assert!(refused.code != 0 && refused.err.contains(said), "{}", refused.err);
    }
}
