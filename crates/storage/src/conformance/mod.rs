//! Every promise of the traits as a test, for whatever implements them.
//!
//! ```text
//! storage::conformance!(|clock| async move {
//!     Some(Database::open_temporary(clock).await.unwrap() as Arc<dyn Storage>)
//! });
//! ```
//!
//! makes one `#[tokio::test]` per case. The closure opens an empty storage that goes by the clock it
//! is handed: cases move time by that clock. (A database that has a clock of its own for leases has
//! to be told the time under test.) `None` says that there is nothing to test here.
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod actors;
pub mod announcements;
pub mod api_keys;
pub mod audit;
pub mod claims;
pub mod counts;
pub mod creation;
pub mod credentials;
pub mod grants;
pub mod ledger;
pub mod life;
pub mod listing;
pub mod planning;
pub mod postgres;
pub mod purge;
pub mod quotas;
pub mod sessions;

pub use actors::World;

/// Makes a test of every case; see the module of the same name.
#[macro_export]
macro_rules! conformance {
    ($open:expr) => {
        async fn open(clock: std::sync::Arc<dyn domain::Clock>) -> Option<std::sync::Arc<dyn $crate::Storage>> {
            ($open)(clock).await
        }

        $crate::conformance! { @tests
            api_keys {
                a_key_comes_back_as_it_was_given
                a_key_is_found_until_it_expires_and_listed_until_it_is_purged
                only_its_owner_revokes_a_key
                a_user_has_no_more_living_keys_than_allowed
                of_many_keys_made_at_once_no_more_are_made_than_allowed
            }
            audit {
                a_row_comes_back_as_it_was_given
                rows_come_newest_first_and_pages_stay_while_rows_are_added
                rows_are_filtered
                what_is_old_is_purged_and_the_rest_can_be_verified
                many_processes_write_one_chain
            }
            claims {
                one_job_goes_to_one_of_many_claimants
                the_oldest_job_goes_first
                a_lease_that_ran_out_is_taken_over
                a_renewed_lease_is_not_taken_over
                a_renewal_tells_of_the_pause
                a_renewal_that_comes_late_does_not_bring_back_a_lease_that_was_let_go
                a_job_resumed_while_its_runner_finishes_waits_until_it_lets_go
                a_job_that_yielded_is_left_alone_until_its_moment
                a_job_is_not_run_before_the_moment_it_was_given
                a_server_never_takes_a_job_of_the_command_line
                who_plans_takes_no_job_to_run_and_the_other_way_round
                claiming_a_job_by_name_takes_it_from_a_live_runner
                a_job_that_is_planned_or_over_cannot_be_claimed
            }
            announcements {
                a_doubt_is_heard_by_whoever_listens
            }
            counts {
                the_counts_are_those_of_a_simple_model
                jobs_that_are_not_over_are_counted_by_status
            }
            creation {
                items_come_back_as_they_were_given
                a_job_comes_back_as_it_was_given
                nobody_has_more_that_has_not_ended_than_their_quota
                of_many_jobs_made_at_once_no_more_are_made_than_the_quota_allows
                a_job_that_is_asked_for_again_is_no_job_more
                the_same_key_and_body_is_the_same_job
                the_same_key_with_another_body_is_refused
                another_user_may_use_the_same_key
                an_item_named_twice_makes_no_job_at_all
            }
            credentials {
                a_credential_is_replaced_and_erased
                a_credential_needs_its_job
                those_of_ended_jobs_are_told
            }
            grants {
                a_grant_is_renewed_by_one_at_a_time
                a_renewal_that_was_given_up_is_somebody_elses
                a_grant_that_nobody_holds_any_more_goes
                whoever_holds_another_grant_lets_go_of_the_first
                a_grant_is_ended_once_and_by_nobody_while_it_is_held
                an_expired_key_does_not_keep_a_grant_from_ending
                a_revocation_is_one_nodes_until_it_is_done_or_due_again
            }
            ledger {
                a_runner_that_was_fenced_out_records_nothing
                an_intent_is_open_until_there_is_evidence
                a_batch_that_comes_twice_changes_nothing
                the_first_evidence_stands
                the_last_attempts_are_those_of_items_that_have_not_ended
                a_commit_that_is_given_up_halfway_is_whole_or_absent
                a_paused_job_takes_evidence_but_no_intents
                what_an_item_has_done_is_recorded_in_a_job_that_was_stopped
                an_item_that_has_begun_goes_on_in_a_job_that_was_stopped
                what_is_put_back_into_a_cancelled_job_is_cancelled
                an_unknown_item_spoils_the_whole_batch
                what_planning_found_is_kept_when_a_change_says_nothing
                an_item_is_dated_by_its_first_start_and_its_end
                the_version_rises_with_what_people_can_see
                the_rate_is_shown_while_the_job_runs
                two_hundred_items_at_once
            }
            life {
                every_event_is_refused_where_the_table_of_a_jobs_life_refuses_it
                only_one_of_many_starts_succeeds
                cancelling_cancels_what_was_not_begun
                what_was_under_way_when_a_job_was_cancelled_is_left_to_people_once_nobody_holds_it
                a_broken_job_says_why_until_it_is_resumed
                a_paused_job_says_why_until_it_is_resumed
                a_waiting_job_says_until_when
                what_a_runner_waits_for_does_not_hide_why_its_job_was_paused
                nobody_can_move_a_job_that_does_not_exist
                a_runner_that_was_fenced_out_cannot_move_the_job
            }
            listing {
                jobs_come_newest_first_and_pages_stay_while_jobs_are_added
                nobody_sees_the_jobs_of_another
                an_administrator_sees_the_jobs_of_one_instance
                jobs_are_filtered_by_status_kind_and_text
                items_come_in_order_page_by_page
                items_are_filtered_by_status_action_code_and_text
                items_are_counted_by_action_and_status
                an_unconfirmed_item_is_settled_once
                what_is_put_back_opens_a_completed_job_in_the_same_step
                an_item_that_many_settle_at_once_is_settled_by_one
                an_unknown_job_has_no_items
            }
            planning {
                planning_again_leaves_the_second_plan
                a_runner_that_was_fenced_out_cannot_record_a_plan
                a_job_that_could_not_be_verified_says_why_until_it_is
                what_a_job_comes_to_keeps_within_its_owners_quota
                of_many_jobs_that_come_to_something_at_once_all_keep_within_their_owners_quota
            }
            purge {
                a_purged_job_leaves_nothing_behind
                what_has_not_ended_long_ago_stays
            }
            quotas {
                what_was_learned_of_a_limit_is_replaced_and_is_one_users_own
            }
            sessions {
                a_session_is_found_until_it_expires
                a_session_is_replaced_touched_and_ended
                sessions_are_known_by_instance_and_user
                those_of_a_user_are_listed_by_their_last_use
                expired_sessions_are_purged
                those_of_a_user_are_ended_but_for_the_last_used
            }
        }
    };
    (@tests $($group:ident { $($case:ident)+ })+) => {
        $(
            mod $group {
                $(
                    #[tokio::test]
                    async fn $case() {
                        if let Some(world) = $crate::conformance::World::open(super::open).await {
                            $crate::conformance::$group::$case(world).await;
                        }
                    }
                )+
            }
        )+
    };
}
