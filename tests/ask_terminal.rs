//! `ask` as a person meets it: the real binary in a pseudo-terminal.
#![cfg(unix)]

#[path = "support/pty.rs"]
mod pty;
mod support;

use std::path::Path;

use pty::Pty;

const ESC: &str = "\u{1b}";
const DOWN: &str = "\u{1b}[B";
const CTRL_C: &str = "\u{3}";

/// A folder that goes away.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Answers of one person: question, what is typed, the flag, and the flag's value.
const PERSON: &[(&str, &str, &str, &str)] = &[
    (
        "What does the cache stand in front of?",
        "app\r",
        "--layer",
        "application",
    ),
    ("How fast must a hit be?", "5 ms\r", "--latency", "5 ms"),
    (
        "May it cost something while nobody uses it?",
        "\u{1b}[B\u{1b}[B\r",
        "--scale-to-zero",
        "no",
    ),
    (
        "Must it be reachable without",
        "req\r",
        "--private-access",
        "required",
    ),
    ("How many reads?", "1200/s\r", "--traffic-reads", "1200/s"),
    (
        "How large is an item on average?",
        "4 KiB\r",
        "--data-item-size",
        "4 KiB",
    ),
    (
        "How much should the cache hold?",
        "20 GiB\r",
        "--data-working-set",
        "20 GiB",
    ),
    ("Which AWS Region?", "eu-west-1\r", "--region", "eu-west-1"),
    (
        "How stale may an item be?",
        "5 min\r",
        "--data-ttl",
        "5 min",
    ),
    ("Who calls the cache?", "fargate \r", "--compute", "fargate"),
    (
        "How many processes read the cache?",
        "12\r",
        "--instances",
        "12",
    ),
    (
        "What share of reads will hit?",
        "85 %\r",
        "--data-hit-ratio",
        "85 %",
    ),
    (
        "What is this workload called?",
        "Shop: \"pages\" # 1\r",
        "--name",
        "Shop: \"pages\" # 1",
    ),
];

/// Answers whatever is asked until the program ends: as `PERSON` where that is known, else "not sure".
fn converse(pty: &mut Pty) -> Vec<String> {
    let mut asked = Vec::new();
    while let Some((title, hint)) = pty.open_question() {
        let title = title.trim_start_matches("? ").trim().to_owned();
        let known = PERSON
            .iter()
            .find(|(question, ..)| title.starts_with(question));
        let keys = match known {
            Some((_, keys, ..)) => keys,
            None if hint.contains("first letters") => "not\r",
            None => "\r",
        };
        pty.answer(&title, keys);
        asked.push(title);
        assert!(asked.len() < 60, "{asked:#?}");
    }
    asked
}

fn profile(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("profile.yaml")).unwrap()
}

#[test]
fn every_question_type_and_the_same_profile_from_flags() {
    let folder = folder();
    let mut pty = Pty::start(100, folder.path(), &[], &["ask", "--everything"]);
    let asked = converse(&mut pty);
    let (code, screen) = pty.end();
    let screen = screen.join("\n");
    assert_eq!(code, 0, "{screen}");
    // The fixed ones first, in their order, then all kinds: one word, several words, a count, a time, a name.
    for (i, (question, ..)) in PERSON.iter().take(8).enumerate() {
        assert!(asked[i].starts_with(question), "{asked:#?}");
    }
    for (question, ..) in PERSON {
        assert!(
            asked.iter().any(|a| a.starts_with(question)),
            "{question}: {asked:#?}"
        );
    }
    assert!(asked.len() > 30, "{asked:#?}");
    // Every question says why, every answer says who leads and how sure that is.
    assert_eq!(screen.matches("\n  Why: ").count(), asked.len(), "{screen}");
    assert_eq!(
        screen.matches("% sure").count(),
        asked.len() - 1,
        "{screen}"
    );
    for part in [
        "  Use ",
        "Why it won",
        "$ cachewright generate profile.yaml",
        "$ cachewright recommend profile.yaml",
    ] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    assert!(
        !screen.contains("would be ."),
        "a service without a name: {screen}"
    );
    // The same answers as flags, without a terminal.
    let mut args = vec!["ask", "--no-input", "-o"];
    let other = folder.path().join("flags.yaml").display().to_string();
    args.push(&other);
    for (_, _, flag, value) in PERSON {
        args.extend([*flag, *value]);
    }
    let output = support::run(&args);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let (by_hand, by_flags) = (
        profile(folder.path()),
        std::fs::read_to_string(&other).unwrap(),
    );
    assert_eq!(by_hand, by_flags);
    // The profile is commented and complete.
    assert!(by_hand.contains("  # read calls"), "{by_hand}");
    assert!(
        by_hand.contains("# Not stated, so the default holds:"),
        "{by_hand}"
    );
    let checked = support::run(&["recommend", "--brief", &other]);
    assert!(checked.status.success());
}

#[test]
fn back_skip_help_and_invalid_answers_in_place() {
    let folder = folder();
    let mut pty = Pty::start(80, folder.path(), &[], &["ask"]);
    // Help, by its row, then nothing to go back to.
    pty.answer(PERSON[0].0, "?\r");
    pty.sees("Means: what the cache stands in front of");
    pty.answer(PERSON[0].0, ESC);
    pty.sees("This is the first question.");
    pty.answer(PERSON[0].0, "data\r");
    pty.sees("So far: ");
    // Refused in place: the text stays and can be finished.
    pty.answer("How fast must a hit be?", "5\r");
    pty.sees("✗ `5` has no unit");
    pty.answer("How fast must a hit be? 5", " ms\r");
    // Back with its row: the question comes again with the old answer.
    pty.answer("May it cost", "<\r");
    pty.answer(
        "How fast must a hit be? 5 ms",
        "\u{7f}\u{7f}\u{7f}\u{7f}7 ms\r",
    );
    pty.sees("✓ How fast must a hit be? 7 ms");
    // Back with esc, then back with `<` from a typed answer.
    pty.answer("May it cost", &format!("{DOWN}\r"));
    pty.answer("Must it be reachable", "no\r");
    pty.answer("How many reads?", "<\r");
    pty.answer("Must it be reachable", ESC);
    pty.answer("May it cost", "not\r");
    pty.answer("Must it be reachable", "no\r");
    // Help of a typed answer; nonsense of three kinds; not sure where a profile needs a number.
    pty.answer("How many reads?", "?\r");
    pty.sees("Written: 1200/s, 40k/min");
    pty.answer("How many reads?", "many\r");
    pty.sees("✗ `many`");
    pty.answer("How many reads? many", "\u{7f}\u{7f}\u{7f}\u{7f}\r");
    pty.answer("How large is an item", "4 KiB\r");
    pty.answer("How much should the cache hold?", "1 KiB\r");
    pty.sees("✗ ");
    pty.answer("How much should the cache hold? 1 KiB", &"\u{7f}".repeat(5));
    pty.answer("How much should the cache hold?", "10 GB\r");
    pty.answer("Which AWS Region?", "eu-wset-1\r");
    pty.sees("did you mean");
    pty.answer(
        "Which AWS Region?",
        &format!("{}eu-west-1\r", "\u{7f}".repeat(9)),
    );
    converse(&mut pty);
    let (code, screen) = pty.end();
    assert_eq!(code, 0, "{}", screen.join("\n"));
    let profile = profile(folder.path());
    for line in [
        "layer: database",
        "latency: 7 ms",
        "  item_size: 4 KiB",
        "  working_set: 10 GB",
        "private_access: no",
    ] {
        assert!(profile.lines().any(|l| l == line), "{line}: {profile}");
    }
    // What nobody is sure of stays unstated: the report takes its own range for it.
    for unsure in ["\nscale_to_zero", "\n  reads"] {
        assert!(!profile.contains(unsure), "{profile}");
    }
    assert!(profile.contains("traffic.reads  "), "{profile}");
}

#[test]
fn ctrl_c_loses_nothing() {
    let folder = folder();
    let draft = folder.path().join("state/cachewright/ask-draft.json");
    let mut pty = Pty::start(80, folder.path(), &[], &["ask"]);
    for (question, keys, ..) in &PERSON[..3] {
        pty.answer(question, keys);
    }
    pty.answer(PERSON[3].0, CTRL_C);
    let (code, screen) = pty.end();
    assert_eq!(code, 130);
    assert!(
        screen.join("\n").contains("Your answers are kept."),
        "{screen:#?}"
    );
    assert!(draft.exists() && !folder.path().join("profile.yaml").exists());

    // Taken up again where it was left; the way back still works; left again.
    let mut pty = Pty::start(80, folder.path(), &[], &["ask"]);
    pty.answer("Continue the draft with 3 questions answered?", "y\r");
    pty.answer(PERSON[3].0, ESC);
    pty.answer(PERSON[2].0, PERSON[2].1);
    pty.answer(PERSON[3].0, PERSON[3].1);
    pty.answer(PERSON[4].0, CTRL_C);
    assert_eq!(pty.end().0, 130);

    // Leaving at the offer itself keeps it too.
    let mut pty = Pty::start(80, folder.path(), &[], &["ask"]);
    pty.answer("Continue the draft with 4 questions answered?", CTRL_C);
    assert_eq!(pty.end().0, 130);
    assert!(draft.exists());

    // To the end: the draft has done its work, and the profile has every answer of all sittings.
    let mut pty = Pty::start(80, folder.path(), &[], &["ask"]);
    pty.answer("Continue the draft with 4 questions answered?", "\r");
    converse(&mut pty);
    assert_eq!(pty.end().0, 0);
    assert!(!draft.exists());
    let profile = profile(folder.path());
    for line in [
        "layer: application",
        "latency: 5 ms",
        "private_access: required",
        "  reads: 1200/s",
    ] {
        assert!(profile.lines().any(|l| l == line), "{line}: {profile}");
    }
}

#[test]
fn sixty_columns_without_colour_and_a_window_that_changes() {
    let folder = folder();
    let mut pty = Pty::start(60, folder.path(), &[("NO_COLOR", "1")], &["ask"]);
    converse(&mut pty);
    // The report has commands and field names that are one word each; the conversation has none.
    let wrapped = pty.wrapped_before("The profile is in");
    assert!(wrapped.is_empty(), "too wide for 60 columns: {wrapped:#?}");
    let bytes = pty.bytes();
    let (code, _) = pty.end();
    assert_eq!(code, 0);
    assert!(colours(&bytes).is_empty(), "{:?}", colours(&bytes));

    // With colour, and resized in the middle of a question, twice.
    let mut pty = Pty::start(100, folder.path(), &[], &["ask", "-o", "second.yaml"]);
    pty.answer(PERSON[0].0, "app");
    pty.resize(60);
    pty.answer(PERSON[0].0, "\r");
    pty.answer(PERSON[1].0, "5");
    pty.resize(120);
    pty.answer(PERSON[1].0, " ms\r");
    pty.sees("✓ How fast must a hit be? 5 ms");
    converse(&mut pty);
    assert!(!colours(&pty.bytes()).is_empty());
    assert_eq!(pty.end().0, 0);
    let first = profile(folder.path());
    assert_eq!(
        first,
        std::fs::read_to_string(folder.path().join("second.yaml")).unwrap()
    );
}

/// Colours and weights among the bytes; a reset is none.
fn colours(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut out = Vec::new();
    for part in text.split("\u{1b}[").skip(1) {
        let code: String = part
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == ';')
            .collect();
        let reset = matches!(code.as_str(), "" | "0" | "39" | "49");
        if part[code.len()..].starts_with('m') && !reset {
            out.push(code);
        }
    }
    out
}

#[test]
fn a_profile_is_continued_and_nothing_is_replaced_unasked() {
    let folder = folder();
    let half = "version: 1\nname: half\nlayer: application\ntraffic: { reads: 1200/s }\ncompute: [fargate]\n";
    std::fs::write(folder.path().join("half.yaml"), half).unwrap();
    let mut pty = Pty::start(
        80,
        folder.path(),
        &[("AWS_REGION", "eu-west-1")],
        &["ask", "--from", "half.yaml"],
    );
    for (question, keys, ..) in PERSON
        .iter()
        .filter(|p| p.0 != PERSON[0].0 && p.0 != "How many reads?")
        .take(5)
    {
        pty.answer(question, keys);
    }
    // The environment's Region is offered.
    pty.answer("Which AWS Region? eu-west-1", "\r");
    while let Some((title, hint)) = pty.open_question() {
        let title = title.trim_start_matches("? ").to_owned();
        assert!(
            !title.contains("called") && !title.contains("Who calls"),
            "{title}"
        );
        let keys = if title.contains("Replace it?") {
            "n\r"
        } else if hint.contains("first letters") {
            "not\r"
        } else {
            "\r"
        };
        pty.answer(title.trim(), keys);
    }
    assert_eq!(pty.end().0, 0);
    assert_eq!(
        std::fs::read_to_string(folder.path().join("half.yaml")).unwrap(),
        half
    );
    let made = std::fs::read_to_string(folder.path().join("half-2.yaml")).unwrap();
    for line in [
        "name: half",
        "region: eu-west-1",
        "compute: [fargate]",
        "  reads: 1200/s",
    ] {
        assert!(made.lines().any(|l| l == line), "{line}: {made}");
    }
    // What is wrong with a profile is said before anything is asked, and a key of nobody is not dropped.
    std::fs::write(
        folder.path().join("half.yaml"),
        "version: 1\ntraffic: { raeds: 1/s }\n",
    )
    .unwrap();
    let pty = Pty::start(80, folder.path(), &[], &["ask", "--from", "half.yaml"]);
    let (code, screen) = pty.end();
    assert_eq!(code, 3);
    assert!(screen.join("\n").contains("raeds"), "{screen:#?}");
}

#[test]
fn without_prompts_the_missing_and_the_wrong_flags_are_named() {
    let missing = support::run(&[
        "ask",
        "--no-input",
        "--layer",
        "edge",
        "-o",
        "/dev/null/never.yaml",
    ]);
    assert_eq!(missing.status.code(), Some(2));
    let text = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert!(text.contains("missing: --name, --region\n"), "{text}");
    let wrong = support::run(&[
        "ask",
        "--no-input",
        "--latency",
        "5",
        "-o",
        "/dev/null/never.yaml",
    ]);
    assert_eq!(wrong.status.code(), Some(3));
    let text = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(text.contains("--latency: `5` has no unit"), "{text}");
}

#[test]
fn a_hostile_name_is_text_at_every_place() {
    let folder = folder();
    let name = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}gnp.=cmd";
    let output = support::command(&[
        "ask",
        "--no-input",
        "-o",
        "x.yaml",
        "--name",
        name,
        "--description",
        name,
    ])
    .args([
        "--region",
        "us-east-1",
        "--layer",
        "application",
        "--traffic-reads",
        "1/s",
    ])
    .args(["--data-item-size", "1 KiB", "--data-working-set", "1 GiB"])
    .current_dir(folder.path())
    .output()
    .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Shown in a terminal when it is continued: nothing of it reaches the terminal as a command.
    let mut pty = Pty::start(
        80,
        folder.path(),
        &[],
        &["ask", "--from", "x.yaml", "--force"],
    );
    converse(&mut pty);
    let bytes = String::from_utf8_lossy(&pty.bytes()).into_owned();
    let (code, screen) = pty.end();
    assert_eq!(code, 0, "{screen:#?}");
    for bad in ["\u{1b}]0;", "\u{7}", "\u{1b}[2J", "\u{202e}"] {
        assert!(!bytes.contains(bad), "{bad:?}");
    }
    assert!(screen.join("\n").contains("owned"), "{screen:#?}");
}
