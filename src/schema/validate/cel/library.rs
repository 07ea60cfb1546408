//! What Kubernetes' CEL has beside the standard library and its extensions: quantities, URLs, addresses,
//! ranges, versions, formats of names, and searches in text.
//!
//! A function of one name serves several types, as the interpreter looks for functions by name.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

use cel::extractors::{Arguments, This};
use cel::objects::{Opaque, OptionalValue};
use cel::{Context, ExecutionError, Value};
use regex::{Regex, RegexBuilder};

use super::super::text::is_format;
use crate::schema::{Format, Quantity};

type Found = Result<Value, ExecutionError>;

/// A value of a type that CEL itself does not have.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Special {
    Quantity(Quantity),
    Url(Url),
    Ip(IpAddr),
    Range(Range),
    Version(Version),
    /// `format.dns1123Label()`, by its place in [`FORMS`].
    Form(usize),
}

impl Opaque for Special {
    fn runtime_type_name(&self) -> &str {
        match self {
            Self::Quantity(_) => "kubernetes.Quantity",
            Self::Url(_) => "kubernetes.URL",
            Self::Ip(_) => "net.IP",
            Self::Range(_) => "net.CIDR",
            Self::Version(_) => "kubernetes.Semver",
            Self::Form(_) => "kubernetes.NamedFormat",
        }
    }
}

impl Special {
    fn wrap(self) -> Value {
        Value::Opaque(Arc::new(self))
    }

    fn of(value: &Value) -> Option<&Self> {
        let Value::Opaque(opaque) = value else { return None };
        (&**opaque as &dyn std::any::Any).downcast_ref()
    }
}

fn error(function: &str, why: &str) -> ExecutionError {
    ExecutionError::function_error(function, why)
}

fn text<'v>(function: &str, value: &'v Value) -> Result<&'v str, ExecutionError> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(error(function, "no such overload")),
    }
}

/// Add all functions.
pub(super) fn add(context: &mut Context<'_, '_>) -> Result<(), Box<dyn std::error::Error>> {
    let is = |parse: fn(&str) -> bool| {
        // With a second argument `isSemver` means something else, which is not there.
        move |Arguments(arguments): Arguments| match arguments.as_slice() {
            [Value::String(text)] => Ok(Value::Bool(parse(text))),
            _ => Err(error("is", "no such overload")),
        }
    };
    context.add_function("isQuantity", is(|text| quantity_of(text).is_some()))?;
    context.add_function("isURL", is(|text| Url::parse(text).is_some()))?;
    context.add_function("isIP", is(|text| ip(text).is_some()))?;
    context.add_function("isCIDR", is(|text| Range::parse(text).is_some()))?;
    context.add_function("isSemver", is(|text| Version::parse(text).is_some()))?;
    context.add_function("quantity", |value: Value| {
        make("quantity", &value, |text| quantity_of(text).map(Special::Quantity))
    })?;
    context.add_function("url", |value: Value| make("url", &value, |text| Url::parse(text).map(Special::Url)))?;
    context.add_function("cidr", |value: Value| make("cidr", &value, |text| Range::parse(text).map(Special::Range)))?;
    context.add_function("semver", |value: Value| {
        make("semver", &value, |text| Version::parse(text).map(Special::Version))
    })?;
    context.add_function("ip", |This(value): This<Value>| match Special::of(&value) {
        Some(Special::Range(range)) => Ok(Special::Ip(range.address).wrap()),
        _ => make("ip", &value, |text| ip(text).map(Special::Ip)),
    })?;
    for name in ["isGreaterThan", "isLessThan", "compareTo"] {
        context.add_function(name, move |This(one): This<Value>, two: Value| compare(name, &one, &two))?;
    }
    for name in ["add", "sub"] {
        context.add_function(name, move |This(one): This<Value>, two: Value| calculate(name, &one, &two))?;
    }
    for name in ["sign", "isInteger", "asInteger", "asApproximateFloat"] {
        context.add_function(name, move |This(value): This<Value>| quantity(name, &value))?;
    }
    for name in ["getScheme", "getHost", "getHostname", "getPort", "getEscapedPath"] {
        context.add_function(name, move |This(value): This<Value>| match Special::of(&value) {
            Some(Special::Url(url)) => Ok(Value::from(url.part(name))),
            _ => Err(error(name, "no such overload")),
        })?;
    }
    for name in
        ["family", "isUnspecified", "isLoopback", "isLinkLocalMulticast", "isLinkLocalUnicast", "isGlobalUnicast"]
    {
        context.add_function(name, move |This(value): This<Value>| match Special::of(&value) {
            Some(Special::Ip(ip)) => Ok(about(name, *ip)),
            _ => Err(error(name, "no such overload")),
        })?;
    }
    context.add_function("containsIP", |This(range): This<Value>, value: Value| {
        let inner = match Special::of(&value) {
            Some(Special::Ip(ip)) => Some(*ip),
            _ => ip(text("containsIP", &value)?),
        };
        contains(&range, inner.map(|ip| Range { address: ip, length: if ip.is_ipv4() { 32 } else { 128 } }))
    })?;
    context.add_function("containsCIDR", |This(range): This<Value>, value: Value| {
        let inner = match Special::of(&value) {
            Some(Special::Range(range)) => Some(range.clone()),
            _ => Range::parse(text("containsCIDR", &value)?),
        };
        contains(&range, inner)
    })?;
    context.add_function("prefixLength", |This(value): This<Value>| match Special::of(&value) {
        Some(Special::Range(range)) => Ok(Value::Int(i64::from(range.length))),
        _ => Err(error("prefixLength", "no such overload")),
    })?;
    for name in ["major", "minor", "patch"] {
        context.add_function(name, move |This(value): This<Value>| match Special::of(&value) {
            Some(Special::Version(version)) => Ok(Value::Int(match name {
                "major" => version.numbers[0],
                "minor" => version.numbers[1],
                _ => version.numbers[2],
            })),
            _ => Err(error(name, "no such overload")),
        })?;
    }
    context.add_function("find", |This(within): This<Arc<String>>, pattern: Arc<String>| {
        let regex = regex("find", &pattern)?;
        Ok::<Value, ExecutionError>(regex.find(&within).map(|found| found.as_str()).unwrap_or_default().into())
    })?;
    context.add_function("findAll", |This(within): This<Arc<String>>, Arguments(arguments): Arguments| {
        let most = match arguments.as_slice() {
            [_] => usize::MAX,
            // A negative number is no limit.
            [_, Value::Int(most)] => usize::try_from(*most).unwrap_or(usize::MAX),
            _ => return Err(error("findAll", "no such overload")),
        };
        let regex = regex("findAll", text("findAll", &arguments[0])?)?;
        let found = regex.find_iter(&within).take(most).map(|found| found.as_str().into());
        Ok(Value::List(Arc::new(found.collect())))
    })?;
    context.add_function("isSorted", |This(items): This<Value>| {
        let Value::List(items) = items else { return Err(error("isSorted", "no such overload")) };
        let sorted = items.windows(2).map(|pair| pair[0].partial_cmp(&pair[1]));
        let orders: Option<Vec<Ordering>> = sorted.collect();
        let orders = orders.ok_or_else(|| error("isSorted", "no such overload"))?;
        Ok::<Value, ExecutionError>(Value::Bool(orders.iter().all(|order| order.is_le())))
    })?;
    context.add_function("sum", |This(items): This<Value>| {
        let Value::List(items) = items else { return Err(error("sum", "no such overload")) };
        items
            .iter()
            .try_fold(0_i64, |sum, item| match item {
                Value::Int(number) => sum.checked_add(*number).ok_or_else(|| error("sum", "overflow")),
                _ => Err(error("sum", "not of integers")),
            })
            .map(Value::Int)
    })?;
    context.add_variable_from_value("format", Value::Null);
    for (at, (name, ..)) in FORMS.iter().enumerate() {
        context.add_function(name, move |This(_): This<Value>| Special::Form(at).wrap())?;
    }
    context.add_function("validate", |This(form): This<Value>, value: Value| match Special::of(&form) {
        Some(Special::Form(at)) => {
            let (_, holds, what) = &FORMS[*at];
            let wrong = (!holds(text("validate", &value)?)).then(|| Value::List(Arc::new(vec![(*what).into()])));
            let told = wrong.map_or_else(OptionalValue::none, OptionalValue::of);
            Ok::<Value, ExecutionError>(Value::Opaque(Arc::new(told)))
        }
        _ => Err(error("validate", "no such overload")),
    })?;
    Ok(())
}

type Form = (&'static str, fn(&str) -> bool, &'static str);

/// The formats of names whose rules do not change.
const FORMS: &[Form] = &[
    ("dns1123Label", |text| label(text) && text.len() <= 63, "must be a DNS label"),
    ("dns1123Subdomain", |text| text.len() <= 253 && text.split('.').all(label), "must be a DNS subdomain"),
    (
        "dns1035Label",
        |text| label(text) && text.len() <= 63 && text.starts_with(|c: char| c.is_ascii_lowercase()),
        "must be a DNS label",
    ),
    ("uri", |text| Url::parse(text).is_some(), "must be a URI"),
    ("uuid", |text| is_format(text, Format::Uuid), "must be a UUID"),
    ("byte", |text| !text.is_empty() && is_format(text, Format::Byte), "must be base64"),
    ("date", |text| is_format(text, Format::Date), "must be a date"),
];

fn label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|byte| inner(*byte))
        && bytes.last().is_some_and(|byte| inner(*byte))
        && bytes.iter().all(|byte| inner(*byte) || *byte == b'-')
}

fn make(function: &str, value: &Value, parse: impl Fn(&str) -> Option<Special>) -> Found {
    let text = text(function, value)?;
    parse(text).map(Special::wrap).ok_or_else(|| error(function, "cannot be read"))
}

/// How two values of one type compare.
fn order(one: &Value, two: &Value) -> Option<Ordering> {
    match (Special::of(one)?, Special::of(two)?) {
        (Special::Quantity(one), Special::Quantity(two)) => Some(one.cmp(two)),
        (Special::Version(one), Special::Version(two)) => Some(one.cmp(two)),
        _ => None,
    }
}

fn compare(function: &str, one: &Value, two: &Value) -> Found {
    let order = order(one, two).ok_or_else(|| error(function, "no such overload"))?;
    Ok(match function {
        "isGreaterThan" => Value::Bool(order.is_gt()),
        "isLessThan" => Value::Bool(order.is_lt()),
        _ => Value::Int(order as i64),
    })
}

fn calculate(function: &str, one: &Value, two: &Value) -> Found {
    let other = match (Special::of(two), two) {
        (Some(Special::Quantity(other)), _) => Some(*other),
        (_, Value::Int(number)) => Some(Quantity::new(*number)),
        _ => None,
    };
    let (Some(Special::Quantity(one)), Some(other)) = (Special::of(one), other) else {
        return Err(error(function, "no such overload"));
    };
    let made = if function == "add" { one.plus(other) } else { one.plus(other.negated()) };
    made.map(|made| Special::Quantity(made).wrap()).ok_or_else(|| error(function, "overflow"))
}

fn quantity(function: &str, value: &Value) -> Found {
    let Some(Special::Quantity(quantity)) = Special::of(value) else {
        return Err(error(function, "no such overload"));
    };
    Ok(match function {
        "sign" => Value::Int(quantity.cmp(&Quantity::ZERO) as i64),
        "isInteger" => Value::Bool(quantity.whole().is_some()),
        "asInteger" => Value::Int(quantity.whole().ok_or_else(|| error(function, "no integer"))?),
        _ => Value::Float(quantity.ratio(Quantity::new(1)).unwrap_or_default()),
    })
}

/// A quantity, which has no blanks around it here.
fn quantity_of(text: &str) -> Option<Quantity> {
    Quantity::parse(text).filter(|_| text.trim() == text)
}

/// An address as strictly as Go's `netip` reads it.
fn ip(text: &str) -> Option<IpAddr> {
    let ip: IpAddr = text.parse().ok()?;
    let mapped = matches!(ip, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some());
    (!mapped).then_some(ip)
}

fn about(function: &str, ip: IpAddr) -> Value {
    let (unspecified, loopback) = (ip.is_unspecified(), ip.is_loopback());
    let (local_multicast, local) = match ip {
        IpAddr::V4(ip) => (ip.octets()[..3] == [224, 0, 0], ip.is_link_local()),
        IpAddr::V6(ip) => (ip.segments()[0] & 0xff0f == 0xff02, ip.segments()[0] & 0xffc0 == 0xfe80),
    };
    let broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    Value::Bool(match function {
        "family" => return Value::Int(if ip.is_ipv4() { 4 } else { 6 }),
        "isUnspecified" => unspecified,
        "isLoopback" => loopback,
        "isLinkLocalMulticast" => local_multicast,
        "isLinkLocalUnicast" => local,
        _ => !(unspecified || loopback || ip.is_multicast() || local || broadcast),
    })
}

/// A range of addresses.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Range {
    address: IpAddr,
    length: u32,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let plain = length.bytes().all(|byte| byte.is_ascii_digit()) && (length == "0" || !length.starts_with('0'));
        let (address, length) = (ip(address)?, length.parse().ok().filter(|_| plain)?);
        (length <= if address.is_ipv4() { 32 } else { 128 }).then_some(Self { address, length })
    }

    /// The bits of an address that count.
    fn prefix(&self, address: IpAddr) -> u128 {
        let bits = match address {
            IpAddr::V4(ip) => u128::from(ip.to_bits()) << 96,
            IpAddr::V6(ip) => ip.to_bits(),
        };
        bits & if self.length == 0 { 0 } else { u128::MAX << (128 - self.length) }
    }
}

fn contains(range: &Value, inner: Option<Range>) -> Found {
    let (Some(Special::Range(range)), Some(inner)) = (Special::of(range), inner) else {
        return Err(error("contains", "no range or address"));
    };
    let same = range.address.is_ipv4() == inner.address.is_ipv4();
    let within = range.length <= inner.length && range.prefix(range.address) == range.prefix(inner.address);
    Ok(Value::Bool(same && within))
}

/// A URL with a scheme, or an absolute path, as the API server takes one.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Url {
    scheme: String,
    host: String,
    path: String,
}

impl Url {
    fn parse(text: &str) -> Option<Self> {
        let hex = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
        if !is_format(text, Format::Uri) || !text.split('%').skip(1).all(hex) {
            return None;
        }
        let text = text.split(['?', '#']).next().unwrap_or_default();
        let (scheme, rest) = text.split_once(':').filter(|_| !text.starts_with('/')).unwrap_or(("", text));
        let (host, path) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            // Behind a scheme, what is no path is no part of the URL that has a name.
            None if !scheme.is_empty() && !rest.starts_with('/') => ("", ""),
            None => ("", rest),
        };
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        Some(Self { scheme: scheme.to_lowercase(), host: host.to_owned(), path: path.to_owned() })
    }

    fn part(&self, function: &str) -> String {
        let (name, port) = match self.host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name, port),
            _ => (&*self.host, ""),
        };
        match function {
            "getScheme" => self.scheme.clone(),
            "getHost" => self.host.clone(),
            "getHostname" => name.trim_start_matches('[').trim_end_matches(']').to_owned(),
            "getPort" => port.to_owned(),
            _ => self.path.clone(),
        }
    }
}

/// A semantic version; builds do not count.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Version {
    numbers: [i64; 3],
    /// Empty for a release.
    before: Vec<String>,
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let (text, build) = text.split_once('+').unwrap_or((text, "0"));
        let (numbers, before) = text.split_once('-').map_or((text, None), |(numbers, before)| (numbers, Some(before)));
        let number = |part: &str| {
            let plain = part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
            part.parse().ok().filter(|_| plain)
        };
        let word =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let numbers: Vec<i64> = numbers.split('.').map(number).collect::<Option<_>>()?;
        let before: Vec<String> = before.into_iter().flat_map(|before| before.split('.')).map(str::to_owned).collect();
        let named = |part: &str| {
            word(part) && (!part.bytes().all(|byte| byte.is_ascii_digit()) || part == "0" || !part.starts_with('0'))
        };
        let words = before.iter().all(|part| named(part)) && build.split('.').all(word);
        words.then_some(Self { numbers: numbers.try_into().ok()?, before })
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let part = |one: &String, two: &String| match (one.parse::<u64>(), two.parse::<u64>()) {
            (Ok(one), Ok(two)) => one.cmp(&two),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => one.cmp(two),
        };
        let parts = || {
            let differs =
                self.before.iter().zip(&other.before).map(|(one, two)| part(one, two)).find(|order| order.is_ne());
            differs.unwrap_or_else(|| self.before.len().cmp(&other.before.len()))
        };
        self.numbers.cmp(&other.numbers).then_with(|| match (self.before.is_empty(), other.before.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => parts(),
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn regex(function: &str, pattern: &str) -> Result<Regex, ExecutionError> {
    let regex = RegexBuilder::new(pattern).size_limit(1 << 20).build();
    regex.map_err(|_| error(function, "no regular expression"))
}
