//! `/projects/:id/repository`: branches, tags, files and commits (GitLab API facts §7.16).

pub(super) mod access;
mod archive;
mod blobs;
pub(super) mod branches;
pub(super) mod commits;
mod compare;
mod content;
mod contributors;
pub(super) mod files;
mod merge_base;
mod pages;
mod push;
mod snapshot;
pub(super) mod tags;
mod told;
mod tree;

use crate::http::router::{Endpoint, get};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    get("/projects/:id/snapshot", snapshot::show),
    get("/projects/:id/repository/tree", tree::list).also(READ),
    get("/projects/:id/repository/blobs/:sha", blobs::show).also(READ),
    get("/projects/:id/repository/blobs/:sha/raw", blobs::raw).also(READ),
    get("/projects/:id/repository/compare", compare::compare).also(READ),
    get("/projects/:id/repository/contributors", contributors::list).also(READ),
    get("/projects/:id/repository/merge_base", merge_base::show).also(READ),
    get("/projects/:id/repository/archive", archive::tar_gz).also(READ),
    get("/projects/:id/repository/archive.tar.gz", archive::tar_gz).also(READ),
    get("/projects/:id/repository/archive.tgz", archive::tar_gz).also(READ),
    get("/projects/:id/repository/archive.gz", archive::tar_gz).also(READ),
    get("/projects/:id/repository/archive.tar.bz2", archive::tar_bz2).also(READ),
    get("/projects/:id/repository/archive.tbz", archive::tar_bz2).also(READ),
    get("/projects/:id/repository/archive.tbz2", archive::tar_bz2).also(READ),
    get("/projects/:id/repository/archive.tb2", archive::tar_bz2).also(READ),
    get("/projects/:id/repository/archive.bz2", archive::tar_bz2).also(READ),
    get("/projects/:id/repository/archive.tar", archive::tar).also(READ),
    get("/projects/:id/repository/archive.zip", archive::zip).also(READ),
];

/// Code may also be read with this scope.
const READ: &[&str] = &["read_repository"];
