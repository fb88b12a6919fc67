package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/notaryproject/notation-go/dir"
	"github.com/notaryproject/notation-go/plugin"
)

// noPlugins is a folder that is not there: no verification plugin is installed, and the message that says
// so is the same in every run.
const noPlugins = "no-plugins"

// script is a plugin whose answer to a command lies beside it; to any other it has none.
const script = "#!/bin/sh\nexec cat \"$(dirname \"$0\")/$1.json\"\n"

// pluginManager makes a manager of the plugins of a bundle, which it installs below its folder.
func (b *bundle) pluginManager(folder string) (plugin.Manager, error) {
	if b.Plugins == nil {
		return plugin.NewCLIManager(dir.NewSysFS(noPlugins)), nil
	}
	var plugins map[string]map[string]json.RawMessage
	if err := json.Unmarshal(b.Plugins, &plugins); err != nil {
		return nil, err
	}
	if plugins == nil {
		return nil, nil
	}
	installed := filepath.Join(folder, "plugins")
	for name, answers := range plugins {
		if err := install(installed, name, answers); err != nil {
			return nil, err
		}
	}
	return plugin.NewCLIManager(dir.NewSysFS(installed)), nil
}

func install(folder, name string, answers map[string]json.RawMessage) error {
	if !filepath.IsLocal(name) {
		return fmt.Errorf("%q leaves the folder of plugins", name)
	}
	own := filepath.Join(folder, name)
	if err := os.MkdirAll(own, 0o700); err != nil {
		return err
	}
	for command, answer := range answers {
		if !filepath.IsLocal(command) {
			return fmt.Errorf("%q leaves the folder of plugins", command)
		}
		if err := os.WriteFile(filepath.Join(own, command+".json"), answer, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(own, "notation-"+name), []byte(script), 0o700)
}
