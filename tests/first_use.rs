//! The first five minutes: from an empty directory with the program alone.

#[cfg(unix)]
#[path = "support/pty.rs"]
mod pty;
mod support;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::{stderr, stdout};

/// Runs a line as a person would paste it: in a shell, in this directory, with the program on the path.
fn paste(line: &str, dir: &Path) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_cachewright"));
    let path = format!(
        "{}:{}",
        program.parent().unwrap().display(),
        std::env::var("PATH").unwrap_or_default()
    );
    Command::new("sh")
        .args(["-c", line])
        .current_dir(dir)
        .env_clear()
        .env("PATH", path)
        .env("HOME", dir)
        .env("COLUMNS", "80")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// The commands that a text shows: a line's part from `cachewright` on, with the lines that a backslash joins to it.
fn commands(text: &str) -> Vec<String> {
    let mut parts = text.split("\\\n");
    let mut joined = parts.next().unwrap_or_default().trim_end().to_owned();
    for part in parts {
        joined = format!("{} {}", joined.trim_end(), part.trim_start());
    }
    let of_line = |line: &str| {
        let at = line.find("cachewright ")?;
        let before = &line[..at];
        let opened = before.ends_with('(') || before.ends_with(": ");
        let command = line[at..].trim_end();
        let command = if opened {
            command.trim_end_matches(')')
        } else {
            command
        };
        // What stands behind a gap explains the command.
        let command = command.split("   ").next().unwrap_or(command);
        Some(command.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    joined.lines().filter_map(of_line).collect()
}

/// Runs every line in order; a conversation without a terminal says what is missing.
fn all_work(lines: &[String], dir: &Path) {
    for line in lines {
        let output = paste(line, dir);
        let code = output.status.code().unwrap();
        if line == "cachewright ask" {
            assert_eq!(code, 2, "{line}: {}", stderr(&output));
            assert!(
                stderr(&output).contains("ask-missing"),
                "{}",
                stderr(&output)
            );
            continue;
        }
        assert_eq!(code, 0, "{line}\n{}", stderr(&output));
        let writes = line.contains(" > ") || line.contains(" -o ");
        assert!(writes || !output.stdout.is_empty(), "{line}");
    }
}

#[test]
fn every_command_of_the_first_screen_works_where_it_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let screen = paste("cachewright", dir.path());
    assert_eq!(screen.status.code(), Some(0));
    assert!(screen.stderr.is_empty());
    let text = stdout(&screen);
    assert!(text.lines().count() <= 16, "{text}");
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
    let found = commands(&text);
    assert!(found.len() >= 10, "{found:#?}");
    all_work(&found, dir.path());
    assert!(
        dir.path().join("stack/template.yaml").exists(),
        "{found:#?}"
    );
}

#[test]
fn every_example_of_the_help_works_in_an_empty_directory() {
    let help = |args: &str| stdout(&paste(&format!("cachewright {args}"), Path::new("/")));
    let all = help("--help");
    let list = all.split("Commands:").nth(1).unwrap();
    let names = list
        .lines()
        .skip(1)
        .take_while(|l| l.starts_with("  "))
        .filter_map(|l| l.split_whitespace().next());
    let mut seen = 0;
    for name in names {
        let text = help(&format!("help {name}"));
        assert!(
            !text.contains("examples/"),
            "{name}: an example that only a clone has"
        );
        let Some((_, examples)) = text.split_once("Examples:\n") else {
            continue;
        };
        let dir = tempfile::tempdir().unwrap();
        let lines = commands(examples);
        seen += lines.len();
        all_work(&lines, dir.path());
    }
    assert!(seen >= 10, "{seen}");
    assert!(!all.contains("examples/"), "{all}");
}

#[test]
fn next_commands_work_without_a_file() {
    for given in [
        "--example sessions",
        "--layer edge --reads 3M/day --region eu-west-1 --name 'a b'",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let text = stdout(&paste(
            &format!("cachewright recommend {given}"),
            dir.path(),
        ));
        let lines: Vec<String> = commands(&text)
            .into_iter()
            // A deployment needs an account.
            .filter(|l| !l.contains(" deploy ") && l.contains(given.split(' ').next().unwrap()))
            .collect();
        assert!(!lines.is_empty(), "{text}");
        all_work(&lines, dir.path());
    }
}

#[test]
fn the_page_of_four_users_shows_commands_that_work_and_counts_their_keys() {
    let page = support::text("docs/first-use.md");
    let sections: Vec<&str> = page.split("\n## ").skip(1).collect();
    let mut seen = 0;
    for section in sections {
        let (who, _) = section.split_once('\n').unwrap();
        let lines: Vec<String> = section
            .lines()
            .filter_map(|l| l.strip_prefix("$ ").map(str::to_owned))
            .collect();
        if lines.is_empty() {
            continue;
        }
        let keys: usize = lines.iter().map(|l| l.chars().count() + 1).sum();
        let row = page.lines().find(|l| l.starts_with(&format!("| {who} |")));
        let cell = row.unwrap().split('|').nth(3).unwrap().trim();
        assert_eq!(cell, keys.to_string(), "{who}");
        let dir = tempfile::tempdir().unwrap();
        all_work(&lines, dir.path());
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn the_next_command_asks_what_the_report_answered() {
    let dir = tempfile::tempdir().unwrap();
    paste("cachewright init sessions > 'a cache.yaml'", dir.path());
    // As they are, these are a table; a leaderboard needs memory.
    let more = "--set 'requirements.features=[sorted-sets]' --set traffic.reads=50/s";
    for given in [
        "--example sessions",
        "'a cache.yaml'",
        "--layer application --reads 1M/day --region eu-west-1",
    ] {
        let recommend = format!("cachewright recommend {given} {more}");
        let short = stdout(&paste(&recommend, dir.path()));
        assert!(short.contains("> ElastiCache"), "{short}");
        let full = stdout(&paste(&format!("{recommend} --full"), dir.path()));
        let page = stdout(&paste(&format!("{recommend} -f html"), dir.path()));
        let page = page.replace("&#39;", "'").replace("&#x27;", "'");
        for text in [short, full, page] {
            let generate = commands(&text)
                .into_iter()
                .find(|c| c.contains(" generate "));
            let generate = generate.unwrap_or_else(|| panic!("{text}"));
            assert_eq!(generate.matches("--set").count(), 2, "{generate}");
            let output = paste(&format!("{generate} --force"), dir.path());
            assert_eq!(
                output.status.code(),
                Some(0),
                "{generate}: {}",
                stderr(&output)
            );
            let stack = std::fs::read_to_string(dir.path().join("stack/template.yaml")).unwrap();
            assert!(
                stack.contains("AWS::ElastiCache::ServerlessCache"),
                "{generate}"
            );
        }
    }
}

#[test]
fn every_command_of_the_recipes_works_in_an_empty_directory() {
    for path in support::files("docs/recipes", ".md") {
        let dir = tempfile::tempdir().unwrap();
        let text = support::text(&path);
        let lines: Vec<String> = text
            .lines()
            .filter_map(|l| l.strip_prefix("$ "))
            .map(str::to_owned)
            .collect();
        assert!(!lines.is_empty(), "{}", path.display());
        all_work(&lines, dir.path());
    }
}

#[test]
fn an_example_is_found_by_every_name_and_a_typo_is_answered() {
    let dir = tempfile::tempdir().unwrap();
    for name in [
        "sessions",
        "sessions-200-days",
        "01-volume-b",
        "borderline/01-volume-b",
    ] {
        let output = paste(&format!("cachewright init {name}"), dir.path());
        assert_eq!(output.status.code(), Some(0), "{name}");
    }
    let output = paste("cachewright recommend --example sesions", dir.path());
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("error[example-unknown]"), "{text}");
    assert!(
        text.contains("did you mean `sessions`?") && text.contains("poker-tables"),
        "{text}"
    );
}

#[test]
fn every_example_can_be_begun_with_and_decides_the_same() {
    let dir = tempfile::tempdir().unwrap();
    for example in cachewright::examples::all() {
        let name = example.name;
        let written = paste(&format!("cachewright init {name} > p.yaml"), dir.path());
        assert_eq!(
            written.status.code(),
            Some(0),
            "{name}: {}",
            stderr(&written)
        );
        let profile = std::fs::read_to_string(dir.path().join("p.yaml")).unwrap();
        assert!(profile.starts_with("# yaml-language-server: $schema=./cachewright.schema.json\n"));
        let json = |given: &str| {
            let line = format!("cachewright recommend {given} -f json");
            let value: serde_json::Value =
                serde_json::from_slice(&paste(&line, dir.path()).stdout).unwrap();
            (value["profile"].clone(), value["headline"].clone())
        };
        assert_eq!(
            json("p.yaml"),
            json(&format!("--example {name}")),
            "{name}\n{profile}"
        );
        assert!(!example.about().is_empty(), "{name}");
    }
}

#[test]
fn flags_stand_for_a_file_and_the_region_comes_from_the_environment() {
    let dir = tempfile::tempdir().unwrap();
    let numbers = "--layer application --reads 1M/day --item-size 2KB --working-set 400MB";
    let with = paste(
        &format!("cachewright recommend {numbers} --region eu-central-1 -f json"),
        dir.path(),
    );
    assert_eq!(with.status.code(), Some(0), "{}", stderr(&with));
    let line = format!("AWS_REGION=eu-central-1 cachewright recommend {numbers} -f json");
    let by_environment = paste(&line, dir.path());
    assert_eq!(with.stdout, by_environment.stdout);
    let note = stderr(&by_environment);
    assert!(
        note.contains("note: Region eu-central-1, from AWS_REGION"),
        "{note}"
    );
    let without = paste(
        &format!("cachewright recommend {numbers} --no-input"),
        dir.path(),
    );
    assert_eq!(without.status.code(), Some(2));
    let text = stderr(&without);
    assert!(
        text.contains("error[flags-missing]") && text.contains("--region"),
        "{text}"
    );
    // A file's fields can be said otherwise in the same words.
    paste("cachewright init sessions > cache.yaml", dir.path());
    let json = |args: &str| {
        stdout(&paste(
            &format!("cachewright recommend cache.yaml {args} -f json"),
            dir.path(),
        ))
    };
    assert_eq!(
        json("--reads 5/s --compute lambda,ec2"),
        json("--set traffic.reads=5/s --set 'compute=[lambda, ec2]'")
    );
}

#[test]
fn a_profile_without_a_name_is_called_after_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let text = "version: 1\nregion: eu-west-1\nlayer: application\n";
    std::fs::write(dir.path().join("shop window.yaml"), text).unwrap();
    let named = |line: &str| {
        let output = paste(line, dir.path());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        report["profile"]["name"].as_str().unwrap().to_owned()
    };
    let of_file = named("cachewright recommend 'shop window.yaml' -f json");
    assert_eq!(of_file, "shop window");
    let of_input = named("cachewright recommend - -f json < 'shop window.yaml'");
    assert_eq!(of_input, "application-cache");
    let stated = named("cachewright recommend 'shop window.yaml' --name till -f json");
    assert_eq!(stated, "till");
    // The report names what it was made from, so that it can be made again.
    let again =
        "cachewright recommend 'shop window.yaml' -f json -o r.json && cachewright check r.json";
    let output = paste(again, dir.path());
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let short = paste("cachewright recommend 'shop window.yaml'", dir.path());
    all_work(&commands(&stdout(&short)), dir.path());
}

#[test]
fn without_a_profile_the_command_says_how_to_begin() {
    let dir = tempfile::tempdir().unwrap();
    for line in ["cachewright recommend", "cachewright generate -o x"] {
        let output = paste(line, dir.path());
        assert_eq!(output.status.code(), Some(2));
        let text = stderr(&output);
        assert!(
            text.contains("error[profile-missing]") && !text.contains("Usage:"),
            "{text}"
        );
        all_work(&commands(&text), dir.path());
    }
}

#[test]
fn bug_7_a_short_field_name_is_answered_and_stands_on_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    paste("cachewright init sessions > cache.yaml", dir.path());
    let line = "cachewright recommend cache.yaml --set reads=10k/s --set traffic.reads=5 --set lattency=5ms";
    let output = paste(line, dir.path());
    assert_eq!(output.status.code(), Some(3));
    let text = stderr(&output);
    assert!(
        text.contains("| --set reads=10k/s") && text.contains("did you mean `traffic.reads`?"),
        "{text}"
    );
    assert!(
        text.contains("did you mean `latency`?") && text.contains("| --set traffic.reads=5\n"),
        "{text}"
    );
    assert!(!text.contains("cache.yaml:"), "{text}");
}

#[test]
fn bug_8_the_ending_of_a_file_says_the_form() {
    let dir = tempfile::tempdir().unwrap();
    let say = |args: &str| {
        paste(
            &format!("cachewright recommend --example sessions {args}"),
            dir.path(),
        )
    };
    for (file, starts) in [
        ("a.html", "<!DOCTYPE html>"),
        ("a.md", "#"),
        ("a.json", "{"),
        ("a.csv", "profile,"),
        ("a.txt", "sessions-200-days"),
        ("a.report", "sessions-200-days"),
    ] {
        let output = say(&format!("-o {file}"));
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let text = std::fs::read_to_string(dir.path().join(file)).unwrap();
        assert!(
            text.to_lowercase().starts_with(&starts.to_lowercase()),
            "{file}: {}",
            &text[..40]
        );
    }
    assert_eq!(say("-f md").stdout, say("-f markdown").stdout);
    assert_eq!(say("-f md -o -").stdout, say("-f md").stdout);
    assert!(!dir.path().join("-").exists());
    say("-f json -o b.html");
    assert!(
        std::fs::read_to_string(dir.path().join("b.html"))
            .unwrap()
            .starts_with('{')
    );
    let other = paste(
        "cachewright price dynamodb --region us-east-1 read-request-units=1M -o bill.html",
        dir.path(),
    );
    assert_eq!(other.status.code(), Some(2));
    assert!(
        stderr(&other).contains("error[form-unknown]"),
        "{}",
        stderr(&other)
    );
}

#[cfg(unix)]
#[test]
fn on_a_terminal_what_is_missing_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    let given = [
        "recommend",
        "--reads",
        "1M/day",
        "-f",
        "json",
        "-o",
        "a.json",
    ];
    let mut terminal = pty::Pty::start(100, dir.path(), &[], &given);
    terminal.answer("Which AWS Region?", "mars");
    terminal.send("\r");
    terminal.sees("`mars` is not");
    terminal.send("\u{15}eu-central-1\r");
    terminal.answer("What does it stand in front of?", "app\r");
    terminal.answer("How large is one item on average?", "2 KB\r");
    terminal.answer("How much is kept in all?", "\r");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen:#?}");
    let flags = "--reads 1M/day --region eu-central-1 --layer application --item-size '2 KB'";
    let line = format!("cachewright recommend {flags} -f json -o b.json");
    assert_eq!(paste(&line, dir.path()).status.code(), Some(0));
    let read = |file: &str| std::fs::read_to_string(dir.path().join(file)).unwrap();
    assert_eq!(read("a.json"), read("b.json"));
}

#[test]
fn what_is_longer_than_the_screen_goes_through_the_pager() {
    let dir = tempfile::tempdir().unwrap();
    // `sed` stands for a pager, and leaves a mark on each line.
    let pager = [("PAGER", "sed s/^/paged:/"), ("PATH", "/usr/bin:/bin")];
    let is_paged = |more: &[&str]| {
        let mut args = vec!["recommend", "--example", "website"];
        args.extend(more);
        let terminal = pty::Pty::of_size((40, 100), dir.path(), &pager, &args);
        let (code, screen) = terminal.end();
        assert_eq!(code, 0, "{screen:#?}");
        screen.iter().any(|l| l.starts_with("paged:"))
    };
    assert!(is_paged(&["--full"]));
    assert!(!is_paged(&[]), "a short report is printed as it is");
}

#[cfg(unix)]
#[test]
fn on_a_terminal_a_wait_for_standard_input_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut terminal = pty::Pty::start(100, dir.path(), &[], &["recommend", "-", "-f", "csv"]);
    terminal.sees("waiting for a profile on standard input");
    terminal.send("{version: 1, name: typed, layer: edge, region: eu-west-1}\n\u{4}");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen:#?}");
}
