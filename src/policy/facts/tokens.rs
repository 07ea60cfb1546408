//! Formats of secrets that cannot be anything else: tokens with a vendor's prefix, private keys.
//!
//! One search for all keywords at memory speed; a format's own pattern runs only around a hit.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use regex::Regex;

/// A format.
struct Format {
    name: &'static str,
    /// Texts of which one stands in every match.
    keywords: &'static [&'static str],
    /// How far before a keyword a match may begin, in bytes.
    before: usize,
    pattern: &'static str,
}

const fn format(name: &'static str, keywords: &'static [&'static str], before: usize, pattern: &'static str) -> Format {
    Format { name, keywords, before, pattern }
}

/// Longest match that is looked for, in bytes.
const WINDOW: usize = 4096;

const FORMATS: &[Format] = &[
    format(
        "private key",
        &["PRIVATE KEY"],
        32,
        r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY(?: BLOCK)?-----(?:\s|\\n|\\r)*(?:[A-Za-z0-9+/=]{16,}(?:\s|\\n|\\r)*){2,}",
    ),
    format("AWS access key", &["AKIA", "ASIA"], 0, r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    format("GitHub token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], 0, r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b"),
    format("GitHub token", &["github_pat_"], 0, r"\bgithub_pat_[A-Za-z0-9_]{82}\b"),
    format("GitLab token", &["glpat-", "gldt-", "glrt-", "glptt-"], 0, r"\bgl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{20,}"),
    format("Slack token", &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-"], 0, r"\bxox[abprs]-[0-9A-Za-z-]{20,}"),
    format("Slack app token", &["xapp-"], 0, r"\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{32,}"),
    format(
        "Slack webhook",
        &["hooks.slack.com/services/"],
        0,
        r"hooks\.slack\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{20,}",
    ),
    format(
        "Discord webhook",
        &["/api/webhooks/"],
        24,
        r"discord(?:app)?\.com/api/webhooks/\d{17,20}/[A-Za-z0-9_-]{60,}",
    ),
    format("Telegram token", &[":AA"], 10, r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b"),
    format("Stripe key", &["sk_live_", "rk_live_"], 0, r"\b[sr]k_live_[0-9a-zA-Z]{24,}"),
    format("Google API key", &["AIza"], 0, r"\bAIza[0-9A-Za-z_-]{35}"),
    format("Google client secret", &["GOCSPX-"], 0, r"\bGOCSPX-[A-Za-z0-9_-]{28}"),
    format("Azure storage key", &["AccountKey="], 0, r"AccountKey=[A-Za-z0-9+/]{86}=="),
    format("Azure client secret", &["8Q~"], 3, r"[A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{31,34}"),
    format("JSON web token", &[".eyJ"], 1024, r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
    format("npm token", &["npm_"], 0, r"\bnpm_[A-Za-z0-9]{36}\b"),
    format("PyPI token", &["pypi-AgEIcHlwaS5vcmc"], 0, r"pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}"),
    format("SendGrid key", &["SG."], 0, r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b"),
    format("DigitalOcean token", &["_v1_"], 3, r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
    format("Vault token", &["hvs.", "hvb."], 0, r"\bhv[sb]\.[A-Za-z0-9_-]{24,}"),
    format("Terraform Cloud token", &[".atlasv1."], 14, r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,}"),
    format("age secret key", &["AGE-SECRET-KEY-1"], 0, r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    format("OpenAI key", &["T3BlbkFJ"], 128, r"\bsk-[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}"),
    format("Anthropic key", &["sk-ant-"], 0, r"\bsk-ant-[a-z0-9]+-[A-Za-z0-9_-]{80,}"),
    format("New Relic key", &["NRAK-"], 0, r"\bNRAK-[A-Z0-9]{27}\b"),
    format("Grafana token", &["glsa_"], 0, r"\bglsa_[A-Za-z0-9]{32}_[a-f0-9]{8}\b"),
    format("Docker Hub token", &["dckr_pat_"], 0, r"\bdckr_pat_[A-Za-z0-9_-]{27}"),
    format("Databricks token", &["dapi"], 0, r"\bdapi[a-f0-9]{32}\b"),
    format("Shopify token", &["shpat_", "shpca_", "shppa_", "shpss_"], 0, r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b"),
    format("Pulumi token", &["pul-"], 0, r"\bpul-[a-f0-9]{40}\b"),
    format("Doppler token", &["dp.pt.", "dp.st.", "dp.sa."], 0, r"\bdp\.(?:pt|st|sa)\.[A-Za-z0-9._]{40,}"),
    format("1Password token", &["ops_eyJ"], 0, r"\bops_eyJ[A-Za-z0-9_-]{200,}"),
    format("Cloudflare origin key", &["v1.0-"], 0, r"\bv1\.0-[a-f0-9]{24}-[a-f0-9]{146}\b"),
    format("Tailscale key", &["tskey-"], 0, r"\btskey-(?:auth|api|client)-[A-Za-z0-9]{8,}-[A-Za-z0-9]{16,}"),
    format("Mailgun key", &["key-"], 0, r"\bkey-[0-9a-f]{32}\b"),
];

static KEYWORDS: LazyLock<(Option<Regex>, BTreeMap<&'static str, usize>)> = LazyLock::new(|| {
    let mut by_keyword = BTreeMap::new();
    for (index, format) in FORMATS.iter().enumerate() {
        by_keyword.extend(format.keywords.iter().map(|keyword| (*keyword, index)));
    }
    let alternatives: Vec<String> =
        FORMATS.iter().flat_map(|format| format.keywords).map(|keyword| regex::escape(keyword)).collect();
    (Regex::new(&alternatives.join("|")).ok(), by_keyword)
});

static PATTERNS: [OnceLock<Option<Regex>>; FORMATS.len()] = [const { OnceLock::new() }; FORMATS.len()];

/// A text that has a secret's format.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Token {
    /// What it is, for people.
    pub(super) name: &'static str,
    /// Where it stands.
    pub(super) at: Range<usize>,
}

/// All tokens in a text, in order, without overlaps.
pub(super) fn find(text: &str) -> Vec<Token> {
    let (Some(keywords), by_keyword) = &*KEYWORDS else { return Vec::new() };
    let mut found: Vec<Token> = Vec::new();
    for hit in keywords.find_iter(text) {
        if found.last().is_some_and(|last| last.at.end > hit.start()) {
            continue;
        }
        let Some(&index) = by_keyword.get(hit.as_str()) else { continue };
        let format = &FORMATS[index];
        let Some(pattern) = PATTERNS[index].get_or_init(|| Regex::new(format.pattern).ok()) else { continue };
        let start = boundary(text, hit.start().saturating_sub(format.before));
        let end = boundary(text, hit.end().saturating_add(WINDOW).min(text.len()));
        let covers = |at: &Range<usize>| at.start <= hit.start() && hit.end() <= at.end;
        let matched = pattern.find_iter(&text[start..end]).map(|m| start + m.start()..start + m.end()).find(covers);
        if let Some(at) = matched {
            found.push(Token { name: format.name, at });
        }
    }
    found
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_has_its_keyword() {
        for format in FORMATS {
            assert!(Regex::new(format.pattern).is_ok(), "{}", format.name);
        }
        assert!(KEYWORDS.0.is_some());
    }

    #[test]
    fn finds_tokens_in_text() {
        // Put together here, so that no scanner takes this file for a leak.
        let github = format!("gh{}_{}", "p", "a1B2c3D4".repeat(5));
        let key =
            format!("-----BEGIN RSA {} KEY-----\n{}\n{}\n", "PRIVATE", "MIIEow1B".repeat(8), "Zm9vYmFy".repeat(8));
        let text = format!("é token: {github}\nkey: |\n{key}rest\n");
        let found = find(&text);
        let names: Vec<_> = found.iter().map(|token| token.name).collect();
        assert_eq!(names, ["GitHub token", "private key"]);
        assert_eq!(&text[found[0].at.clone()], github);
    }

    #[test]
    fn is_silent_about_what_only_looks_like_one() {
        for text in [
            "npm_config_cache: /tmp",
            "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
            "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n",
            "AKIA",
            "some-key-value: key-store",
            "ghp_short",
        ] {
            assert_eq!(find(text), [], "{text}");
        }
    }
}
