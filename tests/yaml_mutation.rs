//! No text makes the YAML reader panic, hang or point outside of the text.

#[path = "support/yaml_mutation.rs"]
mod yaml_mutation;

use yaml_mutation::{Mutator, check};

#[test]
fn any_text_is_read_soundly() {
    let mut mutator = Mutator::new(1);
    for _ in 0..10_000 {
        check(&mutator.text()).unwrap_or_else(|why| panic!("{why}"));
    }
}

#[test]
fn deep_and_wide_texts_are_bounded() {
    let laughs: String =
        (1..30).map(|at| format!("a{at}: &a{at} [{}]\n", vec![format!("*a{}", at - 1); 10].join(", "))).collect();
    let chain: String = (1..2_000).map(|at| format!("a{at}: &a{at} [*a{}]\n", at - 1)).collect();
    let texts = [
        "[".repeat(10_000),
        "- ".repeat(10_000),
        "{a: ".repeat(10_000),
        "? ".repeat(10_000),
        (0..10_000).map(|depth| format!("{}a:\n", " ".repeat(depth % 400))).collect(),
        format!("a0: &a0 x\n{laughs}"),
        format!("a0: &a0 x\n{chain}"),
        format!(
            "a0: &a0 {{x: 1}}\n{}",
            (1..3_000).map(|at| format!("a{at}: &a{at} {{<<: *a{}, k{at}: 1}}\n", at - 1)).collect::<String>()
        ),
        "# comment\n".repeat(20_000),
        "@\n---\n".repeat(5_000),
        (0..20_000).map(|at| format!("k{at}: {at}\n")).collect(),
        "a: 1\n".repeat(3_000),
    ];
    for text in texts {
        check(&text).unwrap_or_else(|why| panic!("{}", why.chars().take(300).collect::<String>()));
    }
}
