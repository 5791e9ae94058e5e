use engine::selector::Selector;

use crate::registry::TODAY;

/// Selector expressions.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Selector::parse(text) {
        Ok(selector) => {
            let printed = selector.to_string();
            let again = Selector::parse(&printed);
            assert_eq!(
                again.as_ref(),
                Ok(&selector),
                "{text:?} is printed as {printed:?}"
            );
            assert_eq!(again.map(|again| again.to_string()), Ok(printed));
            let _ = (selector.kinds(), selector.moments(TODAY));
        }
        Err(mistakes) => {
            assert!(!mistakes.0.is_empty(), "refused without a reason");
            let characters = text.chars().count();
            for mistake in &mistakes.0 {
                assert!(!mistake.message.is_empty());
                let end = mistake.position.saturating_sub(1) + mistake.length;
                assert!(
                    end <= characters + 1,
                    "{mistake:?} is beyond {characters} characters"
                );
                let _ = mistake.problem();
            }
        }
    }
}
