//! The life of a stack against a stand-in for CloudFormation, through the real binary and the real SDK.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

#[path = "support/fake_cfn/mod.rs"]
mod fake_cfn;
#[path = "support/stacks.rs"]
mod stacks;

use std::time::{Duration, Instant};

use fake_cfn::{Fake, Fault, Issue, Play, Step, now};
use stacks::{Desk, Run, TEMPLATE, signal, wait};

fn scene() -> (Fake, Desk) {
    let fake = Fake::start();
    let desk = Desk::new(&fake.url());
    (fake, desk)
}

const FAILING: &[Step] = &[
    Step("Table", "CREATE_IN_PROGRESS", None),
    Step("Bucket", "CREATE_IN_PROGRESS", None),
    Step(
        "Table",
        "CREATE_FAILED",
        Some("Table already exists: my-table"),
    ),
    Step(
        "Bucket",
        "CREATE_FAILED",
        Some("Resource creation cancelled"),
    ),
    Step(
        "",
        "ROLLBACK_IN_PROGRESS",
        Some("The following resource(s) failed to create: [Bucket, Table]."),
    ),
    Step("Bucket", "DELETE_COMPLETE", None),
    Step("", "ROLLBACK_COMPLETE", None),
];

#[test]
fn a_new_stack_is_previewed_created_and_its_outputs_told() {
    let (fake, desk) = scene();
    let run = desk.deploy("--outputs-file out.json").ends(0);
    assert_eq!(
        run.out, "TableName  my-table\n",
        "stdout carries the result and nothing else"
    );
    let run = run
        .says("account 111122223333")
        .says("2 added")
        .says("s is ready");
    let (account, change) = (
        run.err.find("account").unwrap(),
        run.err.find("added").unwrap(),
    );
    assert!(account < change, "who and where come before any change");
    let outputs = std::fs::read_to_string(desk.path("out.json")).unwrap();
    assert_eq!(outputs, "{\n  \"TableName\": \"my-table\"\n}\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = desk
            .path("out.json")
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "outputs are their owner's");
    }
    assert_eq!(fake.state().begun.len(), 1);
    let token = fake.state().begun[0].clone();
    assert!(token.starts_with("CREATE cachewright-"), "{token}");
}

#[test]
fn an_existing_outputs_file_stops_everything_before_it_begins() {
    let (fake, desk) = scene();
    std::fs::write(desk.path("out.json"), "mine").unwrap();
    desk.deploy("--outputs-file out.json")
        .ends(2)
        .says("file-exists");
    assert!(fake.state().calls.is_empty());
    desk.deploy("--outputs-file out.json --force").ends(0);
}

#[test]
fn without_a_terminal_the_missing_flag_is_named() {
    let (fake, desk) = scene();
    desk.run("deploy app --stack-name s --poll-ms 10")
        .ends(2)
        .says("--yes");
    assert!(fake.state().begun.is_empty(), "nothing was executed");
}

#[test]
fn no_execute_stops_and_execute_goes_on_with_the_same_change_set() {
    let (fake, desk) = scene();
    let run = desk
        .run("deploy app --stack-name s --no-execute --poll-ms 10")
        .ends(0);
    assert!(fake.state().begun.is_empty());
    let go_on = run
        .out
        .trim()
        .strip_prefix("cachewright ")
        .unwrap()
        .to_owned();
    assert!(go_on.contains("--execute cachewright-"), "{go_on}");
    desk.run(&format!("{go_on} --yes --poll-ms 10"))
        .ends(0)
        .says("is ready");
    assert_eq!(fake.state().count("CreateChangeSet"), 1);
    assert_eq!(fake.state().begun.len(), 1);
}

#[test]
fn an_unknown_change_set_is_named() {
    let (_fake, desk) = scene();
    desk.deploy("--execute nope")
        .ends(2)
        .says("no change set `nope`");
}

#[test]
fn nothing_to_change_is_success() {
    let (fake, desk) = scene();
    desk.deploy("").ends(0);
    let run = desk.deploy("").ends(0).says("No changes");
    assert_eq!(run.out, "TableName  my-table\n");
    assert_eq!(fake.state().begun.len(), 1);
}

#[test]
fn going_back_to_an_earlier_template_is_a_new_deployment() {
    let (fake, desk) = scene();
    desk.deploy("").ends(0);
    desk.write(TEMPLATE, "two");
    desk.deploy("").ends(0);
    desk.write(TEMPLATE, "one");
    desk.deploy("").ends(0);
    assert_eq!(fake.state().begun.len(), 3, "{:?}", fake.state().begun);
}

#[test]
fn the_root_cause_and_its_remedy_come_last_and_cascades_are_folded() {
    let (fake, desk) = scene();
    fake.play(Play::Script(FAILING.to_vec()));
    let run = desk
        .deploy("")
        .ends(7)
        .says("cause: Table")
        .says("1 further failure only")
        .never_says("creation cancelled");
    assert!(run.last_words().starts_with("to do:"), "{}", run.err);
    assert!(run.out.is_empty(), "a failure is no result: {}", run.out);
}

#[test]
fn a_dead_stack_is_deleted_and_made_again() {
    let (fake, desk) = scene();
    fake.play(Play::Script(FAILING.to_vec()));
    desk.deploy("").ends(7);
    desk.run("deploy app --stack-name s --poll-ms 10")
        .ends(2)
        .says("Delete what is left");
    desk.deploy("")
        .ends(0)
        .says("can only be deleted")
        .says("is ready");
    let begun = fake.state().begun.clone();
    let words: Vec<&str> = begun.iter().map(|b| b.split(' ').next().unwrap()).collect();
    assert_eq!(words, ["CREATE", "DELETE", "CREATE"]);
    assert_ne!(begun[0], begun[2], "a new stack gets a new token");
}

#[test]
fn leftovers_of_an_earlier_review_are_cleared_and_do_not_stop_a_deployment() {
    let (fake, desk) = scene();
    desk.write(TEMPLATE, "other");
    desk.run("deploy app --stack-name s --no-execute --poll-ms 10")
        .ends(0);
    desk.write(TEMPLATE, "one");
    desk.deploy("")
        .ends(0)
        .says("removing the unused change set")
        .says("is ready");
    assert_eq!(
        fake.state().stacks.len(),
        1,
        "the shell is used, not doubled"
    );
    assert_eq!(fake.state().begun.len(), 1);
}

#[test]
fn throttling_server_faults_and_cut_connections_are_no_failed_deployment() {
    let (fake, desk) = scene();
    let slow = || Fault::Error(400, "Throttling", "Rate exceeded");
    let html = || Fault::Raw(502, "<html><body>Bad Gateway</body></html>");
    fake.fault(
        "DescribeStacks",
        [
            slow(),
            slow(),
            slow(),
            slow(),
            html(),
            html(),
            html(),
            html(),
        ],
    );
    fake.fault(
        "DescribeStackEvents",
        [
            Fault::Cut,
            Fault::Cut,
            Fault::Cut,
            Fault::Cut,
            Fault::Raw(200, "<html>"),
        ],
    );
    fake.fault("CreateChangeSet", [Fault::LoseAnswer, Fault::Cut]);
    fake.fault(
        "ExecuteChangeSet",
        [Fault::LoseAnswer, Fault::Raw(500, "oops")],
    );
    desk.deploy("--patience 60")
        .ends(0)
        .says("is ready")
        .never_says("failed (")
        .never_says("cause:");
    let state = fake.state();
    assert_eq!(
        state.begun.len(),
        1,
        "executed once although answers were lost"
    );
    assert_eq!(state.stacks[0].change_sets.len(), 1);
}

#[test]
fn every_answer_of_the_execution_lost_still_finds_the_running_operation() {
    let (fake, desk) = scene();
    fake.fault("ExecuteChangeSet", (0..4).map(|_| Fault::LoseAnswer));
    desk.deploy("").ends(0).says("is ready");
    assert_eq!(fake.state().begun.len(), 1);
}

#[test]
fn a_server_that_never_answers_is_left_after_the_patience_and_not_called_a_failure() {
    let (fake, desk) = scene();
    fake.state().step = 300;
    fake.fault("DescribeStacks", []);
    let child = desk.spawn(
        "deploy app --stack-name s --yes --poll-ms 10 --api-timeout 0.3 --patience 4 --events json",
    );
    wait("execution", || fake.state().count("ExecuteChangeSet") > 0);
    fake.fault("DescribeStacks", (0..99).map(|_| Fault::Hang));
    fake.fault("DescribeStackEvents", (0..99).map(|_| Fault::Hang));
    let began = Instant::now();
    let run = Run::from(child.wait_with_output().unwrap()).ends(130);
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
    let last = run.records().pop().unwrap();
    assert_eq!(last["outcome"], "lost-contact");
    assert!(
        last["resume"]
            .as_str()
            .unwrap()
            .contains("cachewright deploy app --stack-name s")
    );
    assert!(run.out.contains("\"record\":\"retry\""));
    // The network is back: the same command finds the stack as it became.
    fake.state().faults.clear();
    desk.deploy("").ends(0);
    assert_eq!(fake.state().begun.len(), 1);
}

#[test]
fn a_server_that_never_answers_from_the_start_is_left_too() {
    let (fake, desk) = scene();
    fake.fault("GetCallerIdentity", (0..99).map(|_| Fault::Hang));
    let began = Instant::now();
    desk.deploy("--api-timeout 0.2 --patience 0.5")
        .ends(130)
        .says("aws-unreachable");
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn credentials_that_end_in_the_middle_say_how_to_go_on() {
    let (fake, desk) = scene();
    fake.state().step = 200;
    let child = desk.spawn("deploy app --stack-name s --yes --poll-ms 10 --region us-east-1");
    wait("execution", || fake.state().count("ExecuteChangeSet") > 0);
    let expired = || {
        Fault::Error(
            403,
            "ExpiredToken",
            "The security token included in the request is expired",
        )
    };
    fake.fault("DescribeStacks", (0..9).map(|_| expired()));
    fake.fault("DescribeStackEvents", (0..9).map(|_| expired()));
    let run = Run::from(child.wait_with_output().unwrap()).ends(6);
    run.says("cachewright deploy app --stack-name s")
        .says("aws-credentials")
        .never_says("cause:");
}

#[test]
fn a_missing_permission_is_exit_six_and_names_it() {
    let (fake, desk) = scene();
    let text = "User: u is not authorized to perform: cloudformation:CreateChangeSet";
    fake.fault("CreateChangeSet", [Fault::Error(403, "AccessDenied", text)]);
    desk.deploy("")
        .ends(6)
        .says("cloudformation:CreateChangeSet")
        .says("aws-permission");
    fake.fault(
        "GetCallerIdentity",
        [Fault::Error(
            403,
            "InvalidClientTokenId",
            "The security token is invalid",
        )],
    );
    desk.deploy("").ends(6).says("aws-credentials");
}

#[test]
fn what_may_not_be_read_does_not_stop_a_deployment() {
    let (fake, desk) = scene();
    let denied = || Fault::Error(403, "AccessDenied", "not authorized");
    for action in [
        "DescribeType",
        "GetTemplateSummary",
        "DescribeAccountLimits",
        "ListStacks",
        "DescribeEvents",
    ] {
        fake.fault(action, (0..99).map(|_| denied()));
    }
    fake.fault("DescribeStackEvents", (0..99).map(|_| denied()));
    desk.deploy("").ends(0).says("events cannot be shown");
}

#[test]
fn early_validation_is_read_where_it_is_written() {
    let (fake, desk) = scene();
    fake.state().refuse =
        Some("Validation failed with 1 error(s). Call DescribeEvents for details".to_owned());
    fake.state().issues = vec![Issue {
        name: "NAME_CONFLICT_VALIDATION",
        path: "/Resources/Table",
        reason: "Resource of this name already exists",
        mode: "FAIL",
    }];
    desk.deploy("")
        .ends(7)
        .says("NAME_CONFLICT_VALIDATION at /Resources/Table")
        .says("nothing was changed");
    let state = fake.state();
    assert!(
        state.begun.iter().all(|b| b.starts_with("DELETE")),
        "only the empty shell is removed: {:?}",
        state.begun
    );
}

#[test]
fn a_refused_update_leaves_the_stack_alone() {
    let (fake, desk) = scene();
    desk.deploy("").ends(0);
    fake.state().refuse = Some("Parameter validation failed: no such thing".to_owned());
    desk.write(TEMPLATE, "two");
    desk.deploy("").ends(7).says("Parameter validation failed");
    assert_eq!(fake.state().begun.len(), 1);
    assert_eq!(
        fake.state().stacks[0].change_sets.len(),
        1,
        "the failed change set is removed"
    );
}

#[test]
fn a_replacement_names_the_data_it_destroys_and_needs_agreement() {
    let (fake, desk) = scene();
    desk.deploy("").ends(0);
    fake.state().replace = vec!["Table".to_owned()];
    desk.write(TEMPLATE, "two");
    desk.deploy("")
        .ends(5)
        .says("REPLACE")
        .says("because of TableName")
        .says("every item in the table")
        .says("--allow-replacement");
    assert_eq!(fake.state().begun.len(), 1);
    desk.deploy("--allow-replacement").ends(0);
    assert_eq!(fake.state().begun.len(), 2);
}

#[test]
fn a_removal_that_destroys_data_needs_the_same_agreement() {
    let (fake, desk) = scene();
    desk.deploy("").ends(0);
    let less = TEMPLATE.replace("  Bucket:\n    Type: AWS::S3::Bucket\n", "");
    desk.write(&less, "one");
    desk.deploy("").ends(5).says("every object in the bucket");
    assert_eq!(fake.state().begun.len(), 1);
}

#[test]
fn more_events_than_a_page_are_all_told_once_and_in_order() {
    let (fake, desk) = scene();
    fake.state().step = 2;
    fake.state().page = 100;
    fake.play(Play::Chatty(160));
    let run = desk
        .run("deploy app --stack-name s --yes --poll-ms 300 --events json")
        .ends(0);
    let records = run.records();
    let events: Vec<_> = records.iter().filter(|r| r["record"] == "event").collect();
    assert_eq!(events.len(), 322, "160 twice, and the stack's own two");
    let times: Vec<&str> = events.iter().map(|e| e["time"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "oldest first");
    assert!(fake.state().count("DescribeStackEvents") > 3);
}

#[test]
fn records_end_with_one_result_whatever_happens() {
    let (fake, desk) = scene();
    let json = "--events json";
    let run = desk.deploy(json).ends(0);
    let records = run.records();
    assert_eq!(records[0]["record"], "context");
    assert_eq!(records[0]["schema"], "cachewright/events/v1");
    assert_eq!(records.last().unwrap()["outputs"]["TableName"], "my-table");
    desk.deploy(json).ends(0).records();
    desk.write(TEMPLATE, "x");
    desk.run("deploy app --stack-name s --events json --poll-ms 10")
        .ends(2)
        .records();
    desk.run("deploy app --stack-name s --events json --poll-ms 10 --no-execute")
        .ends(0)
        .records();
    fake.play(Play::Script(vec![
        Step(
            "Table",
            "UPDATE_FAILED",
            Some("TimeToLive is already enabled on attribute a"),
        ),
        Step("", "UPDATE_ROLLBACK_COMPLETE", None),
    ]));
    let failed = desk.deploy(json).ends(7);
    assert_eq!(
        failed.records().last().unwrap()["cause"]["pattern"],
        "ttl-rename"
    );
    fake.fault(
        "GetCallerIdentity",
        [Fault::Error(403, "ExpiredToken", "expired")],
    );
    let expired = desk.deploy(json).ends(6);
    assert_eq!(
        expired.records().last().unwrap()["error"]["code"],
        "aws-credentials"
    );
    desk.run("status nope --events json").ends(2).records();
    desk.run("status s --events json").ends(0).records();
    desk.run("drift s --events json --poll-ms 10")
        .ends(0)
        .records();
    desk.run("destroy s --events json").ends(2).records();
}

#[test]
fn ctrl_c_detaches_and_the_named_command_resumes() {
    let (fake, desk) = scene();
    // Long enough that a busy machine can detach and join before the end.
    fake.state().step = 1_000;
    let child = desk.spawn("deploy app --stack-name s --yes --poll-ms 10 --region us-east-1");
    wait("execution", || fake.state().count("ExecuteChangeSet") > 0);
    std::thread::sleep(Duration::from_millis(200));
    signal(&child, "-INT");
    let run = Run::from(child.wait_with_output().unwrap())
        .ends(130)
        .says("Detached");
    let resume = run
        .last_words()
        .trim()
        .strip_prefix("cachewright ")
        .unwrap()
        .to_owned();
    let again = desk.run(&format!("{resume} --yes --poll-ms 10")).ends(0);
    again
        .says("watching the operation that runs")
        .says("is ready");
    assert_eq!(fake.state().begun.len(), 1);
    assert_eq!(
        fake.state().count("CreateChangeSet"),
        1,
        "a joined deployment needs no second change set"
    );
}

#[test]
fn joining_an_operation_of_someone_else_goes_on_with_ones_own() {
    let (fake, desk) = scene();
    fake.state().step = 400;
    let other = desk.spawn("deploy app --stack-name s --yes --poll-ms 10");
    wait("execution", || fake.state().count("ExecuteChangeSet") > 0);
    desk.write(TEMPLATE, "two");
    desk.deploy("")
        .ends(0)
        .says("watching the operation that runs");
    Run::from(other.wait_with_output().unwrap()).ends(0);
    assert_eq!(fake.state().begun.len(), 2);
}

/// Killed at random moments and run again: ends right, and nothing is done twice. `KILLS=50` kills oftener.
#[test]
fn a_killed_deployment_run_again_ends_right_and_creates_nothing_twice() {
    let times: usize = std::env::var("KILLS").map_or(10, |text| text.parse().unwrap());
    let mut seed = now() as u64;
    eprintln!("seed {seed}");
    let (mut killed, mut during, mut round) = (0, 0, 0);
    while killed < times {
        round += 1;
        let (fake, desk) = scene();
        fake.state().step = 60;
        fake.state().change_set_delay = 120;
        let mut kills = 0;
        loop {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let pause = (seed >> 33) % 700;
            let mut child = desk.spawn("deploy app --stack-name s --yes --poll-ms 20");
            std::thread::sleep(Duration::from_millis(pause));
            if child.try_wait().unwrap().is_some() || kills == 2 {
                Run::from(child.wait_with_output().unwrap()).ends(0);
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
            killed += 1;
            during += usize::from(!fake.state().begun.is_empty());
        }
        desk.deploy("").ends(0);
        let state = fake.state();
        assert_eq!(state.stacks.len(), 1, "round {round}");
        assert_eq!(state.stacks[0].status(), "CREATE_COMPLETE", "round {round}");
        assert_eq!(state.begun.len(), 1, "round {round}: {:?}", state.begun);
    }
    eprintln!(
        "{killed} kills in {round} deployments, {during} of them after the execution had begun"
    );
}

#[test]
fn switches_reach_cloudformation() {
    let (fake, desk) = scene();
    desk.deploy("--express --on-failure delete --termination-protection --tag team=a")
        .ends(0);
    let call = fake
        .state()
        .calls
        .iter()
        .find(|(a, _)| a == "CreateChangeSet")
        .unwrap()
        .1
        .clone();
    assert_eq!(call["OnStackFailure"], "DELETE");
    assert_eq!(call["DeploymentConfig.Mode"], "EXPRESS");
    assert_eq!(call["Tags.member.1.Key"], "cachewright:managed");
    assert_eq!(call["Tags.member.2.Value"], "a");
    assert!(fake.state().stacks[0].protected);
    desk.write(TEMPLATE, "two");
    desk.deploy("--on-failure keep").ends(0);
    let state = fake.state();
    let call = &state
        .calls
        .iter()
        .rfind(|(a, _)| a == "CreateChangeSet")
        .unwrap()
        .1;
    assert_eq!(call["OnStackFailure"], "DO_NOTHING");
    assert!(
        !call.contains_key("DeploymentConfig.Mode"),
        "express is opt-in"
    );
}

#[test]
fn a_new_stack_deleted_on_failure_still_tells_why() {
    let (fake, desk) = scene();
    fake.play(Play::Script(vec![
        Step("Table", "CREATE_FAILED", Some("Table already exists: t")),
        Step("", "DELETE_IN_PROGRESS", None),
        Step("Table", "DELETE_COMPLETE", None),
        Step("", "DELETE_COMPLETE", None),
    ]));
    desk.deploy("--on-failure delete")
        .ends(7)
        .says("cause: Table")
        .says("new stack was deleted");
}

#[test]
fn preflight_stops_what_cannot_work() {
    let (fake, desk) = scene();
    fake.state().missing_types = vec!["AWS::S3::Bucket".to_owned()];
    desk.deploy("")
        .ends(7)
        .says("not available in this region: AWS::S3::Bucket");
    fake.state().missing_types.clear();
    std::fs::write(desk.path("app/parameters.json"), "[]").unwrap();
    desk.deploy("").ends(3).says("no value for Suffix");
    desk.deploy("--parameter Suffix=x --parameter Nope=1")
        .ends(3)
        .says("no parameter Nope");
    desk.run("deploy app --stack-name 1s --yes")
        .ends(2)
        .says("is no stack name");
    assert_eq!(fake.state().count("CreateChangeSet"), 0);
}

/// A template of ours that was edited by hand is checked again, with the values it is deployed with.
#[test]
fn our_own_checks_hold_for_what_was_edited_since() {
    let (fake, desk) = scene();
    let profile = "version: 1\nname: edited\nregion: us-east-1\nlayer: application\ntraffic: { reads: 1200/s, writes: 40/s }\ndata: { item_size: 4 KiB, working_set: 20 GiB, ttl: 1 day }\n";
    std::fs::write(desk.path("p.yaml"), profile).unwrap();
    desk.run("generate p.yaml --service dynamodb --variant standard --output g")
        .ends(0);
    desk.run("doctor g").ends(0).says("nothing to object to");
    let path = desk.path("g/template.yaml");
    let good = std::fs::read_to_string(&path).unwrap();
    let bad = good.replace("PAY_PER_REQUEST", "PROVISIONED");
    std::fs::write(&path, bad).unwrap();
    let deploy = "deploy g --stack-name s --yes --poll-ms 10";
    desk.run(deploy)
        .ends(3)
        .says("table-billing")
        .says("write PAY_PER_REQUEST");
    desk.run("doctor g").ends(5).says("table-billing");
    assert_eq!(fake.state().count("CreateChangeSet"), 0);
    std::fs::write(&path, good).unwrap();
    desk.run(deploy).ends(0).says("USD a month");
    // About a template of others there are remarks only.
    desk.run("deploy app --stack-name t --yes --poll-ms 10")
        .ends(0)
        .says("table-ttl");
}

#[test]
fn a_stack_made_for_another_region_is_remarked() {
    let (_fake, desk) = scene();
    for (region, service, shape, remark) in [
        ("eu-west-1", "dynamodb", "layer: application", true),
        ("us-east-1", "dynamodb", "layer: application", false),
        // A distribution's stack is made in us-east-1, wherever its origin is.
        (
            "eu-west-1",
            "cloudfront",
            "layer: edge\norigin: { kind: other }",
            false,
        ),
    ] {
        let profile = format!(
            "version: 1\nname: there\nregion: {region}\n{shape}\ntraffic: {{ reads: 1200/s, writes: 40/s }}\ndata: {{ item_size: 4 KiB, working_set: 20 GiB, ttl: 1 day }}\ndeployment: {{ origin_domain: www.example.org }}\n"
        );
        std::fs::write(desk.path("there.yaml"), profile).unwrap();
        desk.run(&format!(
            "generate there.yaml --service {service} --output g --force"
        ))
        .ends(0);
        let run = desk
            .run("deploy g --stack-name there --no-execute --poll-ms 10 --region us-east-1")
            .ends(0);
        let said = run
            .err
            .contains("was generated for eu-west-1 and goes to us-east-1");
        assert_eq!(said, remark, "{region} {service}: {}", run.err);
        assert_eq!(run.err.contains("`--region eu-west-1`"), remark);
    }
}

#[test]
fn a_built_in_example_needs_no_file() {
    let (fake, desk) = scene();
    let example = "deploy --example sessions --set region=us-east-1 --stack-name s --parameter VpcId=vpc-1 --parameter RouteTableIds=rtb-1";
    let run = desk
        .run(&format!("{example} --no-execute --poll-ms 10"))
        .ends(0);
    let go_on = run.out.trim().strip_prefix("cachewright ").unwrap();
    assert!(go_on.contains("--example sessions"), "{go_on}");
    desk.run(&format!("{go_on} --yes --poll-ms 10"))
        .ends(0)
        .says("is ready");
    assert_eq!(fake.state().count("CreateChangeSet"), 1);
    desk.run("deploy --example nothing-like-it --stack-name s")
        .ends(2)
        .says("example");
    desk.run("deploy app --example sessions --stack-name s")
        .ends(2)
        .says("cannot be used with");
    desk.run("deploy --stack-name s")
        .ends(2)
        .says("PROFILE|DIR");
}

#[test]
fn no_region_is_never_guessed() {
    let (fake, desk) = scene();
    let output = desk
        .command("deploy app --stack-name s --yes")
        .env_remove("AWS_REGION")
        .output();
    Run::from(output.unwrap()).ends(2).says("region-missing");
    assert!(fake.state().calls.is_empty());
    let config = desk.path("config");
    std::fs::write(&config, "[default]\nregion = eu-west-3\n").unwrap();
    let mut command = desk.command("status s");
    let output = command
        .env_remove("AWS_REGION")
        .env("AWS_CONFIG_FILE", &config)
        .output();
    Run::from(output.unwrap()).says("in eu-west-3 (from profile)");
}

#[test]
fn destroy_wants_the_name_and_tells_what_goes() {
    let (fake, desk) = scene();
    desk.deploy("").ends(0);
    desk.run("destroy s").ends(2).says("--confirm s");
    desk.run("destroy s --confirm t")
        .ends(2)
        .says("confirm-mismatch");
    assert_eq!(fake.state().begun.len(), 1);
    desk.run("destroy s --confirm s --poll-ms 10")
        .ends(0)
        .says("every item in the table")
        .says("s is deleted");
    desk.run("destroy s --confirm s")
        .ends(0)
        .says("nothing to delete");
    assert_eq!(fake.state().begun.len(), 2);
}

#[test]
fn a_protected_stack_is_only_deleted_on_purpose() {
    let (fake, desk) = scene();
    desk.deploy("--termination-protection").ends(0);
    desk.run("destroy s --confirm s --poll-ms 10")
        .ends(5)
        .says("--disable-termination-protection");
    assert_eq!(fake.state().begun.len(), 1);
    desk.run("destroy s --confirm s --poll-ms 10 --disable-termination-protection")
        .ends(0);
}

#[test]
fn retained_data_is_named_before_and_after() {
    let (_fake, desk) = scene();
    let kept = TEMPLATE.replace(
        "Type: AWS::S3::Bucket",
        "Type: AWS::S3::Bucket\n    DeletionPolicy: Retain",
    );
    desk.write(&kept, "one");
    desk.deploy("").ends(0);
    desk.run("destroy s --confirm s --poll-ms 10")
        .ends(0)
        .says("Bucket stays behind")
        .says("is billed by what is in it")
        .says("kept: Bucket");
}

#[test]
fn what_stands_in_the_way_of_a_removal_is_named_before_it_begins() {
    let (_fake, desk) = scene();
    let more = TEMPLATE.replace(
        "Outputs:",
        "  Callers:\n    Type: AWS::EC2::SecurityGroup\n  Plan:\n    Type: AWS::PricingPlanManager::Subscription\nOutputs:",
    );
    desk.write(&more, "one");
    desk.deploy("").ends(0);
    let run = desk.run("destroy s --confirm s --poll-ms 10");
    let all = format!("{}{}", run.out, run.err);
    let run = run
        .ends(0)
        .says("describe-network-interfaces --filters Name=group-id,Values=")
        .says("cancel-subscription --region us-east-1 --arn ");
    run.never_says("{id}");
    let place = |text: &str| all.find(text).unwrap();
    assert!(place("cancel-subscription") < place("is deleted"), "{all}");
}

#[test]
fn a_failed_deletion_names_what_is_left_and_how_to_keep_it() {
    let (fake, desk) = scene();
    desk.deploy("").ends(0);
    fake.play(Play::Script(vec![
        Step("Table", "DELETE_COMPLETE", None),
        Step(
            "Bucket",
            "DELETE_FAILED",
            Some("The bucket you tried to delete is not empty"),
        ),
        Step(
            "",
            "DELETE_FAILED",
            Some("The following resource(s) failed to delete: [Bucket]."),
        ),
    ]));
    desk.run("destroy s --confirm s --poll-ms 10")
        .ends(7)
        .says("still there: Bucket")
        .says("--retain Bucket");
    desk.deploy("").ends(7).says("needs attention");
    desk.run("destroy s --confirm s --poll-ms 10 --retain Bucket")
        .ends(0)
        .says("kept: Bucket");
    let state = fake.state();
    let last = &state
        .calls
        .iter()
        .rfind(|(a, _)| a == "DeleteStack")
        .unwrap()
        .1;
    assert_eq!(last["RetainResources.member.1"], "Bucket");
}

#[test]
fn drift_is_a_gate() {
    let (fake, desk) = scene();
    desk.deploy("").ends(0);
    desk.run("drift s --poll-ms 10").ends(0).says("in sync");
    fake.state().drifted = true;
    desk.run("drift s --poll-ms 10")
        .ends(5)
        .says("/BillingMode: template PAY_PER_REQUEST, really PROVISIONED");
}

#[test]
fn status_tells_the_last_failure() {
    let (fake, desk) = scene();
    fake.play(Play::Script(FAILING.to_vec()));
    desk.deploy("").ends(7);
    desk.run("status s")
        .ends(0)
        .says("ROLLBACK_COMPLETE")
        .says("cause: Table");
    desk.run("status nope").ends(2).says("stack-missing");
}

#[test]
fn a_halted_stack_is_repaired_by_the_next_deployment() {
    let (fake, desk) = scene();
    fake.play(Play::Script(vec![
        Step("Table", "CREATE_FAILED", Some("Table already exists: t")),
        Step("", "CREATE_FAILED", None),
    ]));
    desk.deploy("--on-failure keep").ends(7).says("was kept");
    desk.write(TEMPLATE, "two");
    desk.deploy("--on-failure keep").ends(0).says("is ready");
}

#[test]
fn doctor_tells_what_is_wrong() {
    let (fake, desk) = scene();
    desk.run("doctor app")
        .ends(0)
        .says("account 111122223333")
        .says("all available here");
    let skew = "Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z";
    fake.fault(
        "GetCallerIdentity",
        [Fault::Error(403, "SignatureDoesNotMatch", skew)],
    );
    desk.run("doctor").ends(6).says("clock");
    std::fs::write(desk.path("app/parameters.json"), "[]").unwrap();
    desk.run("doctor app").ends(5).says("no value for Suffix");
}

/// A person without credentials: one sentence everywhere, one exit code, and the chain for who asks.
#[test]
fn missing_credentials_are_one_sentence_with_the_chain_behind_verbose() {
    let (_fake, desk) = scene();
    let nobody = |args: &str| {
        let mut command = desk.command(args);
        command.env_remove("AWS_ACCESS_KEY_ID");
        command.env_remove("AWS_SECRET_ACCESS_KEY");
        Run::from(command.output().unwrap()).ends(6)
    };
    for args in [
        "deploy app --stack-name s --yes",
        "status s",
        "destroy s --confirm s",
        "drift s",
        "doctor app",
    ] {
        nobody(args)
            .says("no AWS credentials were found")
            .never_says("Attempted")
            .never_says("dispatch failure");
    }
    nobody("status s --verbose").says("Attempted");
}

/// What needs no account is told all at once, to somebody who is not signed in either.
#[test]
fn everything_wrong_is_told_before_credentials_are_asked_for() {
    let (_fake, desk) = scene();
    std::fs::write(desk.path("app/parameters.json"), "[]").unwrap();
    let mut command = desk.command("deploy app --stack-name 1bad --region mars-1 --parameter No=x");
    command.env_remove("AWS_ACCESS_KEY_ID");
    command.env_remove("AWS_SECRET_ACCESS_KEY");
    Run::from(command.output().unwrap())
        .ends(2)
        .says("stack-name")
        .says("`mars-1` is not a Region")
        .says("no value for Suffix")
        .says("no parameter No")
        .never_says("credentials");
}

#[test]
fn control_characters_of_an_answer_do_not_reach_the_terminal() {
    let (fake, desk) = scene();
    fake.fault(
        "CreateChangeSet",
        [Fault::Error(
            400,
            "ValidationError",
            "bad &#x9b;31m &#x85; text",
        )],
    );
    let run = desk.deploy("").ends(7);
    assert!(
        !run.err.contains('\u{9b}') && !run.err.contains('\u{85}'),
        "{:?}",
        run.err
    );
}

/// What befalls a generated table with alarms, for the eyes of a person.
const FAILING_TABLE: &[Step] = &[
    Step("AlarmTopic", "CREATE_IN_PROGRESS", None),
    Step("CacheTable", "CREATE_IN_PROGRESS", None),
    Step("AlarmTopic", "CREATE_COMPLETE", None),
    Step(
        "CacheTable",
        "CREATE_FAILED",
        Some(
            "User: arn:aws:iam::111122223333:user/tester is not authorized to perform: kms:CreateGrant on resource: arn:aws:kms:us-east-1:111122223333:key/1",
        ),
    ),
    Step(
        "ThrottleAlarm",
        "CREATE_FAILED",
        Some("Resource creation cancelled"),
    ),
    Step(
        "",
        "ROLLBACK_IN_PROGRESS",
        Some("The following resource(s) failed to create: [CacheTable, ThrottleAlarm]."),
    ),
    Step("AlarmTopic", "DELETE_COMPLETE", None),
    Step("", "ROLLBACK_COMPLETE", None),
];

/// For trying the program by hand, in tmux, with a generated table with a key and alarms: the first
/// operation succeeds, the second fails.
#[test]
#[ignore = "serves the stand-in for a person, until SERVE_SECONDS have passed"]
fn serve() {
    let fake = Fake::start();
    fake.state().step = 900;
    fake.state().change_set_delay = 500;
    fake.play(Play::Success);
    fake.play(Play::Script(FAILING_TABLE.to_vec()));
    let seconds = std::env::var("SERVE_SECONDS")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(60);
    std::fs::write(std::env::var("SERVE_FILE").unwrap(), fake.url()).unwrap();
    std::thread::sleep(Duration::from_secs(seconds));
}
