//! A simulator to point tools at by hand: `cargo run -p gitlab-sim --example serve -- 8929`.

use gitlab_sim::{Options, Simulator};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example talks to a person")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).map_or(Ok(8929), |text| text.parse())?;
    let options = Options::default().listen(([127, 0, 0, 1], port).into());
    let gitlab = Simulator::start_with(options).await?;
    println!("{}", serde_json::to_string(&gitlab.describe())?);
    tokio::signal::ctrl_c().await?;
    gitlab.stop().await;
    Ok(())
}
