//! `ask` as a person meets it: the real binary in a pseudo-terminal.
#![cfg(unix)]

#[path = "support/pty.rs"]
mod pty;
mod support;

use std::path::Path;

use pty::Pty;

const ESC: &str = "\u{1b}";
const CTRL_C: &str = "\u{3}";
const CTRL_U: &str = "\u{15}";

/// A folder that goes away.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

const LAYER: &str = "What does it stand in front of?";
const REGION: &str = "Which AWS Region?";
const CALLERS: &str = "Who calls it?";
const READS: &str = "How many reads?";
const WRITES: &str = "How many writes does the code make?";
const ITEM: &str = "How large is one item on average?";
const KEPT: &str = "How much is kept in all?";
const ORIGIN: &str = "When it is not in the cache, where is it read?";
const OLD: &str = "How long may a reader see an old value?";
const REACHED: &str = "May the internet reach it (with sign-in)?";

/// Answers of one person: question, what is typed, the flag, and the flag's value.
const PERSON: &[(&str, &str, &str, &str)] = &[
    (LAYER, "app\r", "--layer", "application"),
    (REGION, "eu-west-1\r", "--region", "eu-west-1"),
    (CALLERS, "fargate \r", "--compute", "fargate"),
    (READS, "1200/s\r", "--traffic-reads", "1200/s"),
    (WRITES, "40/s\r", "--traffic-writes", "40/s"),
    (ITEM, "4 KiB\r", "--data-item-size", "4 KiB"),
    (KEPT, "20 GiB\r", "--data-working-set", "20 GiB"),
    (ORIGIN, "rds\r", "--origin-kind", "rds"),
    (OLD, "5 min\r", "--data-ttl", "5 min"),
    ("How long may a hit take?", "5 ms\r", "--latency", "5 ms"),
    (
        "Must idle time cost (almost) nothing?",
        "\u{1b}[B\u{1b}[B\u{1b}[B\r",
        "--scale-to-zero",
        "no",
    ),
    (REACHED, "n\r", "--private-access", "required"),
    (
        "How many processes read the cache?",
        "12\r",
        "--instances",
        "12",
    ),
    (
        "What share of reads will find it in the cache?",
        "85 %\r",
        "--data-hit-ratio",
        "85 %",
    ),
];

/// Answers whatever is asked until the program ends: as `PERSON` where that is known, else enter alone.
fn converse(pty: &mut Pty) -> Vec<String> {
    let mut asked = Vec::new();
    while let Some((title, _)) = pty.open_question() {
        let title = title.trim_start_matches("? ").trim().to_owned();
        let known = PERSON
            .iter()
            .find(|(question, ..)| title.starts_with(question));
        pty.answer(&title, known.map_or("\r", |(_, keys, ..)| keys));
        asked.push(title);
        assert!(asked.len() < 60, "{asked:#?}");
    }
    asked
}

/// Types what is refused: the question stays open.
fn refused(pty: &mut Pty, question: &str, keys: &str, why: &str) {
    pty.answer(question, keys.trim_end_matches('\r'));
    pty.send("\r");
    pty.sees(why);
}

fn profile(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("profile.yaml")).unwrap()
}

#[test]
fn every_question_type_and_the_same_profile_from_flags() {
    let folder = folder();
    let args = ["ask", "--everything", "--name", "Shop: \"pages\" # 1"];
    let mut pty = Pty::start(100, folder.path(), &[], &args);
    let asked = converse(&mut pty);
    let (code, screen) = pty.end();
    let screen = screen.join("\n");
    assert_eq!(code, 0, "{screen}");
    // The opening first, in its order, then all kinds: one word, several words, a count, a time.
    for (i, (question, ..)) in PERSON.iter().take(9).enumerate() {
        assert!(asked[i].starts_with(question), "{asked:#?}");
    }
    for (question, ..) in PERSON {
        assert!(
            asked.iter().any(|a| a.starts_with(question)),
            "{question}: {asked:#?}"
        );
    }
    assert!(asked.len() > 25, "{asked:#?}");
    for part in [
        " a month ",
        " of 100 ways to answer the rest",
        "Next: cachewright generate profile.yaml",
        "The profile is in `profile.yaml`: ",
    ] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    assert!(
        !screen.contains("would be ."),
        "a service without a name: {screen}"
    );
    // The same answers as flags, without a terminal.
    let other = folder.path().join("flags.yaml").display().to_string();
    let mut args = vec!["ask", "--no-input", "-o", &other, "--name", args[3]];
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
    // Help, then nothing to go back to, then a word that nobody knows.
    pty.answer(LAYER, "?\r");
    pty.sees("Means: what the cache stands in front of");
    pty.answer(LAYER, ESC);
    pty.sees("This is the first question.");
    pty.answer(LAYER, "xyz");
    pty.sees("✗ no such choice: `xyz`");
    pty.answer(LAYER, &format!("{CTRL_U}data\r"));
    // A Region that is nearly one stands corrected, and enter takes it.
    let offered = "Enter takes `eu-west-1`";
    refused(&mut pty, REGION, "eu-wset-1", offered);
    pty.answer("Which AWS Region? eu-west-1", "\r");
    pty.sees("✓ Which AWS Region? eu-west-1");
    // Back with its word and with esc: the question comes again with the old answer.
    pty.answer(CALLERS, "<\r");
    pty.answer("Which AWS Region? eu-west-1", "\r");
    pty.answer(CALLERS, "fargate\r");
    pty.answer(READS, ESC);
    pty.answer(CALLERS, "\r");
    // Help of a typed answer, nonsense, a quantity of another kind; then no answer at all, by its words.
    pty.answer(READS, "?\r");
    pty.sees("Written: 1200/s, 40k/min");
    refused(&mut pty, READS, "many", "✗ `many`");
    let typed = format!("{CTRL_U}2kb");
    refused(&mut pty, READS, &typed, "✗ `2kb` is a size, not a rate");
    pty.answer("How many reads? 2kb", &format!("{CTRL_U}not sure\r"));
    pty.answer(WRITES, "skip\r");
    refused(&mut pty, ITEM, "2 Kb", "Enter takes `2 KB`");
    pty.answer("How large is one item on average? 2 KB", "\r");
    refused(&mut pty, KEPT, "1 KiB", "✗ ");
    pty.answer(&format!("{KEPT} 1 KiB"), &format!("{CTRL_U}10 GB\r"));
    converse(&mut pty);
    let (code, screen) = pty.end();
    assert_eq!(code, 0, "{}", screen.join("\n"));
    let profile = profile(folder.path());
    for line in [
        "layer: database",
        "region: eu-west-1",
        "  item_size: 2 KB",
        "  working_set: 10 GB",
        "compute: [fargate]",
    ] {
        assert!(profile.lines().any(|l| l == line), "{line}: {profile}");
    }
    // What nobody is sure of stays unstated: the report takes its own range for it.
    for unsure in ["\nscale_to_zero", "\n  reads", "\n  writes"] {
        assert!(!profile.contains(unsure), "{profile}");
    }
    assert!(profile.contains("traffic.reads  "), "{profile}");
}

/// Bug 3 of the first review: they wrote their letters.
#[test]
fn keys_of_a_shell_edit_a_typed_answer() {
    let folder = folder();
    let mut pty = Pty::start(80, folder.path(), &[], &["ask"]);
    pty.answer(LAYER, "app\r");
    pty.answer(REGION, &format!("nowhere{CTRL_U}west-1\u{1}eu-\u{5}\r"));
    pty.sees("✓ Which AWS Region? eu-west-1");
    pty.answer(CALLERS, "\r");
    pty.answer(READS, "5 hundred/s\u{17}\u{17}1200/s\r");
    pty.sees("✓ How many reads? 1200/s");
    pty.answer(WRITES, CTRL_C);
    assert_eq!(pty.end().0, 130);
}

/// Bug 1 of the first review: `n` took the `no` that meant yes. Bug 2: enter took the first and harshest word.
#[test]
fn a_choice_says_what_it_costs() {
    let folder = folder();
    let answers = [
        "ask",
        "--layer=application",
        "--origin-kind=none",
        "--region=us-east-1",
        "--compute=lambda",
        "--network-vpc=existing",
        "--traffic-reads=1M/day",
        "--traffic-writes=2/s",
        "--data-item-size=2 KB",
        "--data-working-set=400 MB",
    ];
    let mut pty = Pty::of_size((24, 80), folder.path(), &[], &answers);
    let title = "? Which of these matter, or do you know?";
    pty.until(title, |screen| {
        screen.iter().any(|l| l.starts_with(title)).then_some(())
    });
    pty.send("speak\r");
    let title = "? What do the clients speak already?";
    pty.until(title, |screen| {
        screen.iter().any(|l| l.starts_with(title)).then_some(())
    });
    pty.send("redis\r");
    let said = pty.until("the price of a choice", |screen| {
        let from = screen.iter().position(|l| l.contains("This answer: $"))?;
        Some(screen[from..(from + 2).min(screen.len())].concat())
    });
    assert!(said.contains(" a month more ($"), "{said}");
    assert!(said.contains("Valkey"), "{said}");
}

#[test]
fn a_region_may_be_called_by_its_place() {
    let dir = folder();
    let mut pty = Pty::start(80, dir.path(), &[], &["ask"]);
    pty.answer(LAYER, "app\r");
    pty.answer(REGION, "frankfurt\r");
    pty.sees("frankfurt: eu-central-1.");
    pty.sees(CALLERS);
    pty.send(CTRL_C);
    let _ = pty.end();
}

#[test]
fn n_is_no_and_enter_is_not_sure() {
    let folder = folder();
    let profile_of = |keys: &str| {
        let args = ["ask", "--everything", "--force"];
        let mut pty = Pty::start(80, folder.path(), &[("AWS_REGION", "eu-west-1")], &args);
        while let Some((title, _)) = pty.open_question() {
            let title = title.trim_start_matches("? ").trim().to_owned();
            let typed = match title.as_str() {
                LAYER => "app\r",
                "Must idle time cost (almost) nothing?" | REACHED => keys,
                _ => "\r",
            };
            pty.answer(&title, typed);
        }
        assert_eq!(pty.end().0, 0);
        profile(folder.path())
    };
    let no = profile_of("n\r");
    assert!(no.contains("\nscale_to_zero: no\n"), "{no}");
    assert!(no.contains("\nprivate_access: required\n"), "{no}");
    let alone = profile_of("\r");
    let stated = alone
        .lines()
        .filter(|l| !l.starts_with('#') && !l.trim_start().starts_with('#'));
    let stated: Vec<&str> = stated.filter(|l| !l.is_empty()).collect();
    assert_eq!(
        stated,
        [
            "version: 1",
            "name: application-cache",
            "region: eu-west-1",
            "layer: application"
        ]
    );
}

#[test]
fn ctrl_c_loses_nothing() {
    let folder = folder();
    let draft = folder.path().join("state/cachewright/ask-draft.json");
    let mut pty = Pty::start(80, folder.path(), &[], &["ask"]);
    for (question, keys, ..) in &PERSON[..4] {
        pty.answer(question, keys);
    }
    pty.answer(WRITES, CTRL_C);
    let (code, screen) = pty.end();
    assert_eq!(code, 130);
    assert!(
        screen.join("\n").contains("Your answers are kept."),
        "{screen:#?}"
    );
    assert!(draft.exists() && !folder.path().join("profile.yaml").exists());

    // Taken up again where it was left, with what was said in sight. Bug 4 of the first review: going back and enter
    // wrote "not sure" over the answer.
    let mut pty = Pty::start(80, folder.path(), &[], &["ask"]);
    pty.answer("Continue the draft with 4 questions answered?", "y\r");
    pty.sees("✓ Who calls it? fargate");
    pty.sees("✓ How many reads? 1200/s");
    pty.answer(WRITES, ESC);
    pty.answer("How many reads? 1200/s", "\r");
    pty.answer(WRITES, "40/s\r");
    pty.answer(ITEM, CTRL_C);
    assert_eq!(pty.end().0, 130);

    // Leaving at the offer itself keeps it too, and so does leaving on the way back.
    let mut pty = Pty::start(80, folder.path(), &[], &["ask"]);
    pty.answer("Continue the draft with 5 questions answered?", CTRL_C);
    assert_eq!(pty.end().0, 130);
    assert!(draft.exists());
    let mut pty = Pty::start(80, folder.path(), &[], &["ask"]);
    pty.answer("Continue the draft with 5 questions answered?", "\r");
    pty.answer(ITEM, ESC);
    pty.answer("How many writes does the code make? 40/s", CTRL_C);
    assert_eq!(pty.end().0, 130);

    // To the end: the draft has done its work, and the profile has every answer of all sittings.
    let mut pty = Pty::start(80, folder.path(), &[], &["ask"]);
    pty.answer("Continue the draft with 5 questions answered?", "\r");
    converse(&mut pty);
    assert_eq!(pty.end().0, 0);
    assert!(!draft.exists());
    let profile = profile(folder.path());
    for line in [
        "layer: application",
        "compute: [fargate]",
        "  reads: 1200/s",
        "  writes: 40/s",
    ] {
        assert!(profile.lines().any(|l| l == line), "{line}: {profile}");
    }
}

/// What each line of a recorded dialogue says.
struct Dialogue {
    most: usize,
    region: Option<String>,
    turns: Vec<(String, String)>,
    recommended: String,
}

fn dialogue(path: &Path) -> Dialogue {
    let mut found = Dialogue {
        most: 0,
        region: None,
        turns: Vec::new(),
        recommended: String::new(),
    };
    let text = std::fs::read_to_string(path).unwrap();
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        if let Some((question, keys)) = line.split_once(" |") {
            found
                .turns
                .push((question.to_owned(), keys.trim().to_owned()));
            continue;
        }
        let (key, value) = line.split_once(": ").unwrap();
        match key {
            "answers" => found.most = value.parse().unwrap(),
            "region" => found.region = Some(value.to_owned()),
            "recommended" => found.recommended = value.to_owned(),
            _ => panic!("{line}"),
        }
    }
    found
}

#[test]
fn recorded_dialogues_are_short_and_end_with_the_answer_on_the_screen() {
    let files = support::files("tests/dialogues", ".txt");
    assert_eq!(files.len(), 4);
    for path in files {
        let shown = path.display().to_string();
        let Dialogue {
            most,
            region,
            turns,
            recommended,
        } = dialogue(&path);
        assert!(turns.len() <= most, "{shown}: {} answers", turns.len());
        let folder = folder();
        let region = region.as_deref().map(|code| ("AWS_REGION", code));
        let extra: Vec<(&str, &str)> = region.into_iter().collect();
        let mut pty = Pty::of_size((24, 80), folder.path(), &extra, &["ask"]);
        let mut keystrokes = 0;
        for (question, keys) in &turns {
            pty.until(&format!("{shown}: {question}"), |screen| {
                let open = screen.iter().rfind(|l| l.starts_with("? "))?;
                open[2..].starts_with(question.as_str()).then_some(())
            });
            pty.send(&format!("{keys}\r"));
            keystrokes += keys.chars().count() + 1;
        }
        let (code, screen) = pty.end();
        let screen = screen.join("\n");
        assert_eq!(code, 0, "{shown}: {screen}");
        for part in [
            recommended.as_str(),
            " a month",
            "The profile is in `profile.yaml`: ",
        ] {
            assert!(screen.contains(part), "{shown}: {part}: {screen}");
        }
        println!(
            "{shown}: {} answers, {keystrokes} keystrokes\n{screen}",
            turns.len()
        );
    }
}

#[test]
fn sixty_columns_without_colour_and_a_window_that_changes() {
    let folder = folder();
    let args = ["ask", "--name", "pages"];
    let mut pty = Pty::start(60, folder.path(), &[("NO_COLOR", "1")], &args);
    converse(&mut pty);
    // The report has commands and field names that are one word each; the conversation has none.
    let wrapped = pty.wrapped_before("pages: ");
    assert!(wrapped.is_empty(), "too wide for 60 columns: {wrapped:#?}");
    let bytes = pty.bytes();
    let (code, _) = pty.end();
    assert_eq!(code, 0);
    assert!(colours(&bytes).is_empty(), "{:?}", colours(&bytes));

    // With colour, and resized in the middle of a question, twice.
    let mut pty = Pty::start(
        100,
        folder.path(),
        &[],
        &["ask", "-o", "second.yaml", "--name", "pages"],
    );
    // What was drawn for the old width is on the screen before the window changes.
    pty.answer(LAYER, "app");
    pty.sees(&format!("? {LAYER} app"));
    pty.resize(60);
    pty.answer(LAYER, "\r");
    pty.answer(REGION, "eu-");
    pty.sees(&format!("? {REGION} eu-"));
    pty.resize(120);
    pty.answer(REGION, "west-1\r");
    pty.sees("✓ Which AWS Region? eu-west-1");
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
    // The environment's Region is taken, and said.
    pty.sees("Region: eu-west-1, from AWS_REGION");
    while let Some((title, _)) = pty.open_question() {
        let title = title.trim_start_matches("? ").trim().to_owned();
        let stated = [LAYER, REGION, READS, CALLERS];
        assert!(stated.iter().all(|q| !title.starts_with(q)), "{title}");
        let keys = if title.contains("Replace it?") {
            "n\r"
        } else {
            "\r"
        };
        pty.answer(&title, keys);
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
    assert!(text.contains("missing: --region\n"), "{text}");
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
