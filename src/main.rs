//! La commande `fitn`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    fitn_connector::cli::main(std::env::args_os()).await
}
