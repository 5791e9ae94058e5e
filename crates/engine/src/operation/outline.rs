use domain::AccessLevel;

use super::{Need, Read, Target};

/// What the parameters of an item say of it, before it is compared with what GitLab has.
#[derive(Clone, Debug)]
pub struct Outline {
    /// What it is about.
    pub target: Target,
    /// What has to exist first.
    pub needs: Vec<Need>,
    /// The level one has to have on the first of these.
    pub level: AccessLevel,
    /// What has to be read besides.
    pub reads: Vec<Read>,
}
