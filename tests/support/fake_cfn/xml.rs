//! The Query protocol's answers: each action changes the state and is told in XML.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cachewright::deploy::input::resource_types;

use super::{ChangeSet, Event, Stack, State, now, play};

type Form = BTreeMap<String, String>;
type Answer = (u16, String);

/// The answer to one action.
pub fn answer(action: &str, form: &Form, state: &mut State) -> Answer {
    let stack = form.get("StackName").cloned().unwrap_or_default();
    let result = match action {
        "GetCallerIdentity" => Ok(
            "<UserId>U</UserId><Account>111122223333</Account><Arn>arn:aws:iam::111122223333:user/tester</Arn>"
                .to_owned(),
        ),
        "GetTemplateSummary" => Ok(summary(form)),
        "DescribeType" => describe_type(form, state),
        "DescribeAccountLimits" => Ok("<AccountLimits><member><Name>StackLimit</Name><Value>2000</Value></member></AccountLimits>".to_owned()),
        "ListStacks" => Ok("<StackSummaries/>".to_owned()),
        "DescribeStacks" => describe_stacks(&stack, state),
        "DescribeStackEvents" => describe_events(&stack, form, state),
        "DescribeEvents" => Ok(issues(state)),
        "ListStackResources" => list_resources(&stack, state),
        "GetTemplate" => get_template(&stack, state),
        "CreateChangeSet" => create_change_set(&stack, form, state),
        "DescribeChangeSet" => describe_change_set(form, state),
        "ListChangeSets" => list_change_sets(&stack, state),
        "DeleteChangeSet" => delete_change_set(form, state),
        "ExecuteChangeSet" => execute(form, state),
        "DeleteStack" => delete_stack(&stack, form, state),
        "UpdateTerminationProtection" => protect(&stack, form, state),
        "DetectStackDrift" => Ok("<StackDriftDetectionId>d-1</StackDriftDetectionId>".to_owned()),
        "DescribeStackDriftDetectionStatus" => Ok(drift_status(state)),
        "DescribeStackResourceDrifts" => Ok(drifts(state)),
        other => Err(("InvalidAction", format!("no action {other}"))),
    };
    match result {
        Ok(inner) => (
            200,
            format!(
                "<{action}Response xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><{action}Result>{inner}</{action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"
            ),
        ),
        Err((code, message)) => (400, error(code, &message)),
    }
}

/// An error document.
pub fn error(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{}</Message></Error><RequestId>r</RequestId></ErrorResponse>",
        escape(message)
    )
}

type Inner = Result<String, (&'static str, String)>;

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn time(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at).unwrap().to_string()
}

fn gone(name: &str) -> (&'static str, String) {
    (
        "ValidationError",
        format!("Stack with id {name} does not exist"),
    )
}

fn list(form: &Form, prefix: &str, key: &str, value: &str) -> Vec<(String, String)> {
    (1..)
        .map_while(|n| {
            let get = |field: &str| form.get(&format!("{prefix}.member.{n}.{field}")).cloned();
            Some((get(key)?, get(value).unwrap_or_default()))
        })
        .collect()
}

fn summary(form: &Form) -> String {
    let template = form.get("TemplateBody").cloned().unwrap_or_default();
    let tree: serde_json::Value = serde_yaml::from_str(&template).unwrap_or_default();
    let mut xml = "<Parameters>".to_owned();
    for (key, body) in tree["Parameters"].as_object().into_iter().flatten() {
        let default = body.get("Default").map_or(String::new(), |_| {
            "<DefaultValue>x</DefaultValue>".to_owned()
        });
        let _ = write!(
            xml,
            "<member><ParameterKey>{key}</ParameterKey>{default}</member>"
        );
    }
    xml.push_str("</Parameters><ResourceTypes>");
    for (_, kind) in resource_types(&template) {
        let _ = write!(xml, "<member>{kind}</member>");
    }
    xml.push_str("</ResourceTypes>");
    if template.contains("AWS::IAM::") {
        xml.push_str("<Capabilities><member>CAPABILITY_IAM</member></Capabilities>");
    }
    xml
}

fn describe_type(form: &Form, state: &State) -> Inner {
    let name = form.get("TypeName").cloned().unwrap_or_default();
    if state.missing_types.contains(&name) {
        return Err((
            "TypeNotFoundException",
            format!("The type '{name}' cannot be found."),
        ));
    }
    Ok(format!("<TypeName>{name}</TypeName><Type>RESOURCE</Type>"))
}

fn stack_xml(s: &Stack) -> String {
    let mut xml = format!(
        "<member><StackId>{}</StackId><StackName>{}</StackName><StackStatus>{}</StackStatus><CreationTime>{}</CreationTime><EnableTerminationProtection>{}</EnableTerminationProtection>",
        s.id,
        s.name,
        s.status(),
        time(s.created),
        s.protected
    );
    if let Some(at) = s.updated {
        let _ = write!(xml, "<LastUpdatedTime>{}</LastUpdatedTime>", time(at));
    }
    if let Some(reason) = s.reason() {
        let _ = write!(
            xml,
            "<StackStatusReason>{}</StackStatusReason>",
            escape(&reason)
        );
    }
    if s.status().ends_with("E_COMPLETE") && !s.status().contains("DELETE") {
        xml.push_str("<Outputs><member><OutputKey>TableName</OutputKey><OutputValue>my-table</OutputValue></member></Outputs>");
    }
    xml.push_str("</member>");
    xml
}

fn describe_stacks(name: &str, state: &mut State) -> Inner {
    let stack = state.find(name).ok_or_else(|| gone(name))?;
    Ok(format!("<Stacks>{}</Stacks>", stack_xml(stack)))
}

fn describe_events(name: &str, form: &Form, state: &mut State) -> Inner {
    let page = state.page;
    let stack = state.find(name).ok_or_else(|| gone(name))?;
    let now = now();
    let visible: Vec<&Event> = stack.events.iter().rev().filter(|e| e.at <= now).collect();
    // The token is the event to go on with, so that events that come meanwhile do not shift pages.
    let from = match form.get("NextToken") {
        Some(id) => visible
            .iter()
            .position(|e| e.id == *id)
            .unwrap_or(visible.len()),
        None => 0,
    };
    let mut xml = "<StackEvents>".to_owned();
    for e in visible.iter().skip(from).take(page) {
        let physical = if e.kind == play::STACK {
            stack.id.clone()
        } else {
            format!("phys-{}", e.logical_id)
        };
        let reason = e.reason.as_ref().map_or(String::new(), |r| {
            format!("<ResourceStatusReason>{}</ResourceStatusReason>", escape(r))
        });
        let _ = write!(
            xml,
            "<member><StackId>{}</StackId><EventId>{}</EventId><StackName>{}</StackName><LogicalResourceId>{}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId><ResourceType>{}</ResourceType><Timestamp>{}</Timestamp><ResourceStatus>{}</ResourceStatus>{reason}<ClientRequestToken>{}</ClientRequestToken></member>",
            stack.id,
            e.id,
            stack.name,
            e.logical_id,
            e.kind,
            time(e.at),
            e.status,
            e.token
        );
    }
    xml.push_str("</StackEvents>");
    if let Some(next) = visible.get(from + page) {
        let _ = write!(xml, "<NextToken>{}</NextToken>", next.id);
    }
    Ok(xml)
}

fn issues(state: &State) -> String {
    let mut xml = "<OperationEvents>".to_owned();
    for i in &state.issues {
        let _ = write!(
            xml,
            "<member><EventId>e</EventId><EventType>VALIDATION_ERROR</EventType><LogicalResourceId>Table</LogicalResourceId><ResourceType>AWS::DynamoDB::Table</ResourceType><ValidationName>{}</ValidationName><ValidationPath>{}</ValidationPath><ValidationStatus>FAILED</ValidationStatus><ValidationStatusReason>{}</ValidationStatusReason><ValidationFailureMode>{}</ValidationFailureMode></member>",
            i.name,
            i.path,
            escape(i.reason),
            i.mode
        );
    }
    xml.push_str("</OperationEvents>");
    xml
}

fn list_resources(name: &str, state: &mut State) -> Inner {
    let stack = state.find(name).ok_or_else(|| gone(name))?;
    let mut xml = "<StackResourceSummaries>".to_owned();
    for (id, kind) in resource_types(&stack.template) {
        // A directory bucket cannot have any other name.
        let physical = if kind == "AWS::S3Express::DirectoryBucket" {
            "phys--use1-az4--x-s3".to_owned()
        } else {
            format!("phys-{id}")
        };
        let _ = write!(
            xml,
            "<member><LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId><ResourceType>{kind}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus><LastUpdatedTimestamp>{}</LastUpdatedTimestamp></member>",
            time(stack.created)
        );
    }
    xml.push_str("</StackResourceSummaries>");
    Ok(xml)
}

fn get_template(name: &str, state: &mut State) -> Inner {
    let stack = state.find(name).ok_or_else(|| gone(name))?;
    Ok(format!(
        "<TemplateBody>{}</TemplateBody>",
        escape(&stack.template)
    ))
}

fn create_change_set(name: &str, form: &Form, state: &mut State) -> Inner {
    let set_name = form.get("ChangeSetName").cloned().unwrap_or_default();
    let token = form.get("ClientToken").cloned().unwrap_or_default();
    let create = form.get("ChangeSetType").map(String::as_str) == Some("CREATE");
    let known = state.find(name).map(|s| (s.id.clone(), s.status()));
    match (&known, create) {
        (None, false) => return Err(gone(name)),
        (Some((_, status)), true) if status != "REVIEW_IN_PROGRESS" => {
            return Err((
                "AlreadyExistsException",
                format!("Stack [{name}] already exists"),
            ));
        }
        (Some((_, status)), false)
            if status.ends_with("_IN_PROGRESS") || status == "ROLLBACK_COMPLETE" =>
        {
            return Err((
                "ValidationError",
                format!("Stack:{name} is in {status} state and can not be updated."),
            ));
        }
        _ => {}
    }
    let stack_id = known.map_or_else(|| new_stack(name, state), |(id, _)| id);
    let (serial, delay, refuse) = (state.serial(), state.change_set_delay, state.refuse.take());
    let replace = state.replace.clone();
    let stack = state.find(&stack_id).ok_or_else(|| gone(name))?;
    if let Some(old) = stack.change_sets.iter().find(|c| c.name == set_name) {
        if old.token == token {
            return Ok(format!("<Id>{}</Id><StackId>{stack_id}</StackId>", old.id));
        }
        return Err((
            "AlreadyExistsException",
            format!("ChangeSet {set_name} already exists"),
        ));
    }
    let template = form.get("TemplateBody").cloned().unwrap_or_default();
    let parameters = list(form, "Parameters", "ParameterKey", "ParameterValue");
    let changes = changes(&stack.template, &template, &replace, !create);
    let same = !create && stack.template == template && stack.parameters == parameters;
    let no_changes = "The submitted information didn't contain changes. Submit different information to create a change set.";
    let set = ChangeSet {
        id: format!("arn:aws:cloudformation:us-east-1:111122223333:changeSet/{set_name}/{serial}"),
        name: set_name,
        token,
        create,
        ready_at: now() + delay,
        failed: refuse.or_else(|| same.then(|| no_changes.to_owned())),
        template,
        parameters,
        changes,
        executed_with: None,
        on_failure: form.get("OnStackFailure").cloned().unwrap_or_default(),
        express: form.get("DeploymentConfig.Mode").map(String::as_str) == Some("EXPRESS"),
    };
    let xml = format!("<Id>{}</Id><StackId>{stack_id}</StackId>", set.id);
    stack.change_sets.push(set);
    Ok(xml)
}

fn new_stack(name: &str, state: &mut State) -> String {
    let serial = state.serial();
    let id = format!("arn:aws:cloudformation:us-east-1:111122223333:stack/{name}/{serial}");
    let at = now();
    state.stacks.push(Stack {
        id: id.clone(),
        name: name.to_owned(),
        created: at,
        events: vec![Event {
            id: format!("{serial}-review"),
            at,
            logical_id: name.to_owned(),
            kind: play::STACK.to_owned(),
            status: "REVIEW_IN_PROGRESS".to_owned(),
            reason: Some("User Initiated".to_owned()),
            token: String::new(),
        }],
        ..Stack::default()
    });
    id
}

/// Logical id, type, action, replacement.
fn changes(
    old: &str,
    new: &str,
    replace: &[String],
    update: bool,
) -> Vec<(String, String, String, bool)> {
    let (before, after) = (resource_types(old), resource_types(new));
    let mut all = Vec::new();
    for (id, kind) in &after {
        let known = before.iter().any(|(b, _)| b == id);
        if !known {
            all.push((id.clone(), kind.clone(), "Add".to_owned(), false));
        } else if update {
            all.push((
                id.clone(),
                kind.clone(),
                "Modify".to_owned(),
                replace.contains(id),
            ));
        }
    }
    for (id, kind) in &before {
        if !after.iter().any(|(a, _)| a == id) {
            all.push((id.clone(), kind.clone(), "Remove".to_owned(), false));
        }
    }
    all
}

fn with_set<'s>(
    form: &Form,
    state: &'s mut State,
) -> Result<(&'s mut Stack, usize), (&'static str, String)> {
    let wanted = form.get("ChangeSetName").cloned().unwrap_or_default();
    let missing = (
        "ChangeSetNotFound",
        format!("ChangeSet [{wanted}] does not exist"),
    );
    if wanted.starts_with("arn:") {
        return state
            .stacks
            .iter_mut()
            .find_map(|s| {
                let at = s.change_sets.iter().position(|c| c.id == wanted)?;
                Some((s, at))
            })
            .ok_or(missing);
    }
    let stack = form.get("StackName").cloned().unwrap_or_default();
    let stack = state.find(&stack).ok_or_else(|| gone(&stack))?;
    let at = stack
        .change_sets
        .iter()
        .position(|c| c.name == wanted)
        .ok_or(missing)?;
    Ok((stack, at))
}

fn describe_change_set(form: &Form, state: &mut State) -> Inner {
    let now = now();
    let (stack, at) = with_set(form, state)?;
    let stack_id = stack.id.clone();
    let set = &stack.change_sets[at];
    let ready = set.ready_at <= now;
    let (status, execution) = match (&set.failed, ready, &set.executed_with) {
        (_, false, _) => ("CREATE_IN_PROGRESS", "UNAVAILABLE"),
        (Some(_), ..) => ("FAILED", "UNAVAILABLE"),
        (None, _, Some(_)) => ("CREATE_COMPLETE", "EXECUTE_COMPLETE"),
        (None, _, None) => ("CREATE_COMPLETE", "AVAILABLE"),
    };
    let reason = set.failed.as_ref().filter(|_| ready);
    let reason = reason.map_or(String::new(), |r| {
        format!("<StatusReason>{}</StatusReason>", escape(r))
    });
    let mut xml = format!(
        "<ChangeSetName>{}</ChangeSetName><ChangeSetId>{}</ChangeSetId><StackId>{stack_id}</StackId><StackName>{}</StackName><Status>{status}</Status><ExecutionStatus>{execution}</ExecutionStatus>{reason}<Changes>",
        set.name, set.id, stack.name
    );
    for (id, kind, action, replaced) in &set.changes {
        let more = if action == "Modify" {
            let (word, always) = if *replaced {
                ("True", "Always")
            } else {
                ("False", "Never")
            };
            format!(
                "<Replacement>{word}</Replacement><PhysicalResourceId>phys-{id}</PhysicalResourceId><Details><member><Target><Attribute>Properties</Attribute><Name>TableName</Name><RequiresRecreation>{always}</RequiresRecreation></Target></member></Details>"
            )
        } else {
            String::new()
        };
        let _ = write!(
            xml,
            "<member><Type>Resource</Type><ResourceChange><Action>{action}</Action><LogicalResourceId>{id}</LogicalResourceId><ResourceType>{kind}</ResourceType>{more}</ResourceChange></member>"
        );
    }
    xml.push_str("</Changes>");
    Ok(xml)
}

fn list_change_sets(name: &str, state: &mut State) -> Inner {
    let stack = state.find(name).ok_or_else(|| gone(name))?;
    let mut xml = "<Summaries>".to_owned();
    for c in &stack.change_sets {
        let _ = write!(
            xml,
            "<member><ChangeSetName>{}</ChangeSetName></member>",
            c.name
        );
    }
    xml.push_str("</Summaries>");
    Ok(xml)
}

fn delete_change_set(form: &Form, state: &mut State) -> Inner {
    if let Ok((stack, at)) = with_set(form, state) {
        stack.change_sets.remove(at);
    }
    Ok(String::new())
}

fn execute(form: &Form, state: &mut State) -> Inner {
    let token = form.get("ClientRequestToken").cloned().unwrap_or_default();
    let now = now();
    let (stack, at) = with_set(form, state)?;
    let status = stack.status();
    let set = &mut stack.change_sets[at];
    match &set.executed_with {
        Some(old) if *old == token => return Ok(String::new()),
        None if set.failed.is_none()
            && set.ready_at <= now
            && (!status.ends_with("_IN_PROGRESS") || status == "REVIEW_IN_PROGRESS") => {}
        _ => {
            return Err((
                "InvalidChangeSetStatus",
                "ChangeSet cannot be executed in its current status".to_owned(),
            ));
        }
    }
    set.executed_with = Some(token.clone());
    let set = set.clone();
    stack.template.clone_from(&set.template);
    stack.parameters.clone_from(&set.parameters);
    let id = stack.id.clone();
    let resources: Vec<String> = set.changes.iter().map(|c| c.0.clone()).collect();
    let word = if set.create { "CREATE" } else { "UPDATE" };
    play::begin(state, &id, word, &token, &resources);
    Ok(String::new())
}

fn delete_stack(name: &str, form: &Form, state: &mut State) -> Inner {
    let token = form.get("ClientRequestToken").cloned().unwrap_or_default();
    let Some(stack) = state.find(name) else {
        return Ok(String::new());
    };
    if stack.protected {
        return Err((
            "ValidationError",
            format!("Stack [{name}] cannot be deleted while TerminationProtection is enabled"),
        ));
    }
    if stack.deletion_token.as_deref() == Some(&token) || stack.status() == "DELETE_IN_PROGRESS" {
        return Ok(String::new());
    }
    stack.deletion_token = Some(token.clone());
    let id = stack.id.clone();
    let resources: Vec<String> = resource_types(&stack.template)
        .into_iter()
        .map(|r| r.0)
        .collect();
    play::begin(state, &id, "DELETE", &token, &resources);
    Ok(String::new())
}

fn protect(name: &str, form: &Form, state: &mut State) -> Inner {
    let on = form.get("EnableTerminationProtection").map(String::as_str) == Some("true");
    let stack = state.find(name).ok_or_else(|| gone(name))?;
    stack.protected = on;
    Ok(format!("<StackId>{}</StackId>", stack.id))
}

fn drift_status(state: &State) -> String {
    let word = if state.drifted { "DRIFTED" } else { "IN_SYNC" };
    format!(
        "<StackId>s</StackId><StackDriftDetectionId>d-1</StackDriftDetectionId><DetectionStatus>DETECTION_COMPLETE</DetectionStatus><StackDriftStatus>{word}</StackDriftStatus><Timestamp>{}</Timestamp>",
        time(now())
    )
}

fn drifts(state: &State) -> String {
    if !state.drifted {
        return "<StackResourceDrifts/>".to_owned();
    }
    format!(
        "<StackResourceDrifts><member><StackId>s</StackId><LogicalResourceId>Table</LogicalResourceId><ResourceType>AWS::DynamoDB::Table</ResourceType><StackResourceDriftStatus>MODIFIED</StackResourceDriftStatus><PropertyDifferences><member><PropertyPath>/BillingMode</PropertyPath><ExpectedValue>PAY_PER_REQUEST</ExpectedValue><ActualValue>PROVISIONED</ActualValue><DifferenceType>NOT_EQUAL</DifferenceType></member></PropertyDifferences><Timestamp>{}</Timestamp></member></StackResourceDrifts>",
        time(now())
    )
}
