//! La commande `fitn`.
fn main() {}
