// Package referee asks the simulator as people who write Go would: with go-gitlab, as Debian packages it.
package referee

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	gitlab "github.com/xanzy/go-gitlab"
)

// lab is a running simulator and the administrator's client.
type lab struct {
	t    *testing.T
	url  string
	root *gitlab.Client
}

// start runs a simulator of its own for a test; its address comes from the process's own mouth.
func start(t *testing.T, options ...string) lab {
	t.Helper()
	program := os.Getenv("GITLAB_BULK")
	if program == "" {
		program = "../../target/debug/gitlab-bulk"
	}
	arguments := append([]string{"simulate", "--listen", "127.0.0.1:0", "--tier", "premium"}, options...)
	command := exec.Command(program, arguments...)
	command.Dir = t.TempDir()
	output, err := command.StdoutPipe()
	check(t, err)
	check(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait()
	})
	line, err := bufio.NewReader(output).ReadBytes('\n')
	check(t, err)
	var listening struct {
		URL string `json:"url"`
	}
	check(t, json.Unmarshal(line, &listening))
	running := lab{t: t, url: listening.URL}
	running.root = running.as("root")
	return running
}

// empty starts a simulator without groups and projects, and with three users.
func empty(t *testing.T) lab {
	t.Helper()
	return start(t, "--groups", "0", "--projects", "0", "--users", "3")
}

func (l lab) as(username string) *gitlab.Client { return l.with("glpat-sim-" + username) }

func (l lab) with(token string) *gitlab.Client {
	l.t.Helper()
	client, err := gitlab.NewClient(token, gitlab.WithBaseURL(l.url))
	check(l.t, err)
	return client
}

// group makes a private group.
func (l lab) group(path string) *gitlab.Group {
	l.t.Helper()
	visibility := gitlab.PrivateVisibility
	group, _, err := l.root.Groups.CreateGroup(&gitlab.CreateGroupOptions{Name: &path, Path: &path, Visibility: &visibility})
	check(l.t, err)
	return group
}

// project makes a project with a README.
func (l lab) project(group *gitlab.Group, path string) *gitlab.Project {
	l.t.Helper()
	project, _, err := l.root.Projects.CreateProject(&gitlab.CreateProjectOptions{
		Path: &path, NamespaceID: &group.ID, InitializeWithReadme: gitlab.Bool(true),
	})
	check(l.t, err)
	return project
}

// control asks one of the simulator's control calls.
func (l lab) control(path, body string) {
	l.t.Helper()
	answer, err := http.Post(l.url+"/_sim"+path, "application/json", strings.NewReader(body))
	check(l.t, err)
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		text, _ := io.ReadAll(answer.Body)
		l.t.Fatalf("%s: %s", answer.Status, text)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T comparable](t *testing.T, what string, got, wanted T) {
	t.Helper()
	if got != wanted {
		t.Errorf("%s is %v and should be %v", what, got, wanted)
	}
}

// refused says that GitLab answered with that status and those words.
func refused(t *testing.T, err error, status int, words string) {
	t.Helper()
	var refusal *gitlab.ErrorResponse
	if !errors.As(err, &refusal) {
		t.Fatalf("it should be refused with %d, and the error is %v", status, err)
	}
	same(t, "the status", refusal.Response.StatusCode, status)
	if !strings.Contains(refusal.Message, words) {
		t.Errorf("%q is not in %q", words, refusal.Message)
	}
}

func joined[T any](rows []T, name func(T) string) string {
	names := make([]string, 0, len(rows))
	for _, row := range rows {
		names = append(names, name(row))
	}
	return strings.Join(names, " ")
}
