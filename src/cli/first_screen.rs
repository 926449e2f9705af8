//! What the bare command prints: how to begin, in commands that work where they are printed.

use anyhow::Result;

use crate::embedded;
use crate::exit::Exit;
use crate::world::World;

/// Prints the first screen.
pub fn run(world: &mut World<'_>) -> Result<Exit> {
    world.out.write_all(text()?.as_bytes())?;
    Ok(Exit::Done)
}

/// The screen, with the months of the embedded prices.
pub fn text() -> Result<String> {
    let book = embedded::prices()?;
    let dates = || book.sources.iter().map(|s| s.as_of.as_str());
    Ok(format!(
        "\
Which AWS cache, what it costs, why not the others. Offline, no account.

  Try one      cachewright recommend --example sessions
               (website, genomics, leaderboard, job-queue …: cachewright init)
  Be asked     cachewright ask
  By flags     cachewright recommend --layer application --reads 1M/day \\
                 --item-size 2KB --working-set 400MB --region eu-central-1
  By file      cachewright init sessions > cache.yaml
               cachewright recommend cache.yaml
  Build it     cachewright generate cache.yaml -o stack
  From logs    cachewright help measure
  Then         deploy, verify; watch in CI; cachewright explain eviction
Prices from {} to {} inside; --prices public reads today's.
All commands: cachewright help
",
        month(dates().min()),
        month(dates().max())
    ))
}

/// `2026-10` of `2026-10-01`.
fn month(date: Option<&str>) -> &str {
    date.and_then(|d| d.get(..7)).unwrap_or_default()
}
