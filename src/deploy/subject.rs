//! Reads what a message is about beyond its kind: the property it names, of which resource type, and which values it
//! says are allowed. Pure text, for explanations that know only what kind of failure it is.

/// The longest name or list of values that is repeated to the reader.
const LONGEST: usize = 60;

/// What stands before the name of a property in quotes or brackets, in lower case.
const QUOTED: &[&str] = &[
    " at '",
    "property '",
    "property [",
    "properties [",
    "parameter '",
    "parameter `",
    "field '",
    "field `",
    "key '",
    "key [",
    "argument '",
    "attribute '",
    "in input: \"",
    "value of '",
    "setting '",
    "option '",
];

/// What stands before the bare name of a property, in lower case.
const BARE: &[&str] = &[
    "for parameter ",
    "parameter: ",
    "parameter ",
    "property ",
    "field: ",
    "field ",
];

/// What the essential sentence of a message follows, and what ends it, in lower case.
const BEGINS: &[&str] = &[
    "returned message: \"",
    " operation: ",
    "api error ",
    "invalid request provided: ",
];
const ENDS: &[&str] = &[
    " (service: ",
    "\" (requesttoken",
    " status code:",
    "\" (handlererrorcode",
    " (requesttoken",
];

/// How words begin or end that are error codes or names of services, not properties.
const CODE_BEGINS: &[&str] = &[
    "Cloud",
    "Elasti",
    "Invalid",
    "NoSuch",
    "TooMany",
    "Malformed",
    "Duplicate",
    "Missing",
    "Unsupported",
    "Illegal",
    "Access",
    "Resource",
    "ValidationError",
    // Operations of the API.
    "Get",
    "Create",
    "Describe",
    "Import",
    "List",
    "Put",
];
const CODE_ENDS: &[&str] = &[
    "Exception",
    "Fault",
    "Error",
    "Failure",
    "Exists",
    "Found",
    "Exceeded",
    "Use",
    "Denied",
    "Request",
    "Id",
    "Token",
    "Code",
    "Stack",
];

/// Words that look like properties and are names of services.
const SERVICES: &[&str] = &[
    "CloudWatch",
    "CloudFormation",
    "CloudTrail",
    "AutoScaling",
    "EventBridge",
    "GitHub",
    "LocalStack",
    "OpenSearch",
    "CloudControl",
    "ToolkitError",
    "ChangeSet",
    "JavaScript",
];

/// What a message is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Subject {
    /// The property, as the text writes it.
    property: Option<String>,
    /// The resource type, as it was given or as the text writes it.
    kind: Option<String>,
    /// The values that are allowed.
    allowed: Option<String>,
}

/// The subject of a text on one line; the resource's type where it is known.
pub(super) fn read(text: &str, kind: Option<&str>) -> Subject {
    let lower = text.to_ascii_lowercase();
    let kind = kind.map(str::to_owned).or_else(|| named_type(text));
    Subject {
        property: property(text, &lower),
        kind: kind.filter(|k| {
            k.len() <= LONGEST && k.chars().all(|c| c.is_ascii_alphanumeric() || c == ':')
        }),
        allowed: allowed(text, &lower),
    }
}

/// Fills `{named}` and `{allowed}`: each a clause of its own, or nothing.
pub(super) fn fill(text: &str, subject: &Subject) -> String {
    let of = subject.kind.as_deref();
    let named = match (&subject.property, of) {
        (Some(property), Some(kind)) => format!(": the text names `{property}` of {kind}"),
        (Some(property), None) => format!(": the text names `{property}`"),
        (None, Some(kind)) => format!(" (of {kind})"),
        (None, None) => String::new(),
    };
    let allowed = subject.allowed.as_deref();
    let allowed = allowed.map_or_else(String::new, |a| format!("; allowed is {a}"));
    text.replace("{named}", &named)
        .replace("{allowed}", &allowed)
}

fn property(text: &str, lower: &str) -> Option<String> {
    let quoted = QUOTED.iter().filter_map(|lead| after(text, lower, lead));
    let bare = BARE
        .iter()
        .filter_map(|lead| after(text, lower, lead))
        .filter(|w| w.contains(char::is_uppercase));
    let path = lower.find("#/").and_then(|at| word(&text[at..], "#/._-"));
    quoted
        .chain(path)
        .chain(bare)
        .find(|w| w.len() > 1)
        .or_else(|| camel(essential(text, lower)))
}

/// The name that follows a lead.
fn after(text: &str, lower: &str, lead: &str) -> Option<String> {
    let at = lower.find(lead)? + lead.len();
    word(text.get(at..)?, "._[]-").map(|w| w.trim_matches(['.', '[', ']', '-']).to_owned())
}

/// The word a text begins with, if it is one a property may be.
fn word(text: &str, joints: &str) -> Option<String> {
    let word: String = text
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || joints.contains(*c))
        .collect();
    // Of a long path its end: that is the property.
    let end = |parts: usize| word.rsplitn(parts + 1, '.').take(parts).collect::<Vec<_>>();
    let ends = [usize::MAX - 1, 2, 1].map(|parts| {
        let mut end = end(parts);
        end.reverse();
        end.join(".")
    });
    let fits = |w: &String| w.len() <= LONGEST && w.contains(|c: char| c.is_ascii_alphabetic());
    ends.into_iter().find(fits)
}

/// The sentence AWS wrote, without what the caller put around it.
fn essential<'t>(text: &'t str, lower: &str) -> &'t str {
    let from = BEGINS
        .iter()
        .filter_map(|lead| lower.rfind(lead).map(|at| at + lead.len()))
        .max()
        .unwrap_or(0);
    let to = ENDS
        .iter()
        .filter_map(|end| lower[from..].find(end).map(|at| from + at))
        .min()
        .unwrap_or(text.len());
    &text[from..to]
}

/// The first word of a sentence that is written like a property and is no error code.
fn camel(sentence: &str) -> Option<String> {
    let words = sentence.split(|c: char| !c.is_ascii_alphanumeric() && !":-_/.".contains(c));
    let found = words
        .map(|w| w.trim_end_matches(['.', ':']))
        .find(|w| is_camel(w))?;
    Some(found.to_owned())
}

fn is_camel(word: &str) -> bool {
    let humps = word
        .as_bytes()
        .windows(2)
        .any(|p| p[0].is_ascii_lowercase() && p[1].is_ascii_uppercase());
    humps
        && (5..=40).contains(&word.len())
        && word.chars().all(|c| c.is_ascii_alphabetic())
        && !SERVICES.contains(&word)
        && !CODE_BEGINS.iter().any(|b| word.starts_with(b))
        && !CODE_ENDS.iter().any(|e| word.ends_with(e))
}

/// The first resource type a text names, CloudFormation's own left out.
fn named_type(text: &str) -> Option<String> {
    let types = text
        .match_indices("AWS::")
        .filter_map(|(at, _)| word(&text[at..], ":"));
    let mut types = types.map(|t| t.trim_end_matches(':').to_owned());
    types.find(|t| t.matches("::").count() == 2 && !t.starts_with("AWS::CloudFormation"))
}

/// The values the text says are allowed: bounds, a range, or a list.
fn allowed(text: &str, lower: &str) -> Option<String> {
    for lead in [
        "enum value set: [",
        "must be one of [",
        "valid values are [",
        "valid values: [",
        "allowed values: [",
    ] {
        let list = lower
            .find(lead)
            .and_then(|at| text[at + lead.len()..].split(']').next());
        if let Some(list) = list.filter(|l| l.len() <= LONGEST && plain(l)) {
            return Some(format!("one of {list}"));
        }
    }
    if let Some((low, high)) = range(lower) {
        return Some(format!("{low} to {high}"));
    }
    let bounds = [
        ("greater than or equal to ", "at least"),
        ("less than or equal to ", "at most"),
        ("no more than ", "at most"),
        ("at most ", "at most"),
        ("maximum of ", "at most"),
        ("maximum allowed, ", "at most"),
        ("limit of ", "at most"),
    ];
    let found = bounds
        .iter()
        .filter_map(|(lead, says)| number(lower, lead).map(|n| format!("{says} {n}")));
    let mut found: Vec<String> = found.collect();
    found.truncate(2);
    (!found.is_empty()).then(|| found.join(" and "))
}

/// `between 1 and 5`.
fn range(lower: &str) -> Option<(String, String)> {
    let low = number(lower, "between ")?;
    let rest = &lower[lower.find("between ")?..];
    Some((low, number(rest, " and ")?))
}

/// The number that follows a lead.
fn number(lower: &str, lead: &str) -> Option<String> {
    let rest = &lower[lower.find(lead)? + lead.len()..];
    let number: String = rest
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == ',')
        .collect();
    let number = number.trim_end_matches(',');
    (!number.is_empty() && number.len() <= 12).then(|| number.to_owned())
}

fn plain(list: &str) -> bool {
    list.chars()
        .all(|c| c.is_ascii_alphanumeric() || " ,._-:/".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Option<String> {
        read(text, None).property
    }

    #[test]
    fn the_property_is_the_one_the_text_names() {
        let at = "Value 5 at 'tags.6.member.value' failed to satisfy constraint";
        assert_eq!(named(at).as_deref(), Some("tags.6.member.value"));
        let bare = "The parameter CacheSubnetGroupName must be provided";
        assert_eq!(named(bare).as_deref(), Some("CacheSubnetGroupName"));
        assert_eq!(
            named("field: RULE, parameter: ManagedRule.").as_deref(),
            Some("ManagedRule")
        );
        let long = "Value '1' at 'distributionConfig.defaultCacheBehavior.functionAssociations.items.1.member.eventType' failed";
        assert_eq!(named(long).as_deref(), Some("member.eventType"));
        let words = "MyStack | Resource handler returned message: \"RoleArn is required for target. (Service: EventBridge, Status Code: 400)\"";
        assert_eq!(named(words).as_deref(), Some("RoleArn"));
    }

    #[test]
    fn error_codes_and_services_are_no_properties() {
        assert_eq!(
            named("InvalidChangeBatch: CloudWatch did not like it (HandlerErrorCode: NotFound)"),
            None
        );
        assert_eq!(named("the parameter is invalid"), None);
    }

    #[test]
    fn what_is_allowed_is_told() {
        let told = |text: &str| read(text, None).allowed;
        assert_eq!(
            told("Member must have value greater than or equal to 7").as_deref(),
            Some("at least 7")
        );
        assert_eq!(told("must be between 1 and 35").as_deref(), Some("1 to 35"));
        assert_eq!(
            told("Member must satisfy enum value set: [B, N, S]").as_deref(),
            Some("one of B, N, S")
        );
        assert_eq!(told("nothing of that"), None);
    }

    #[test]
    fn a_clause_is_filled_or_left_out() {
        let subject = read(
            "Parameter ScheduleExpression is not valid.",
            Some("AWS::Events::Rule"),
        );
        assert_eq!(
            fill("x{named}{allowed}", &subject),
            "x: the text names `ScheduleExpression` of AWS::Events::Rule"
        );
        assert_eq!(fill("x{named}{allowed}", &Subject::default()), "x");
        let hostile = read("x", Some("AWS::\u{1b}[2J"));
        assert_eq!(fill("x{named}", &hostile), "x");
    }
}
