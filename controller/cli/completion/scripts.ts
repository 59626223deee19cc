/** Shells that completion is made for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Stands in an answer to a shell for: names of files. */
export const FILES = ':files';

const BASH = `# tenantflow completion for bash: source <(tenantflow completion bash)
_tenantflow() {
  local line typed prefix
  # The line itself, because bash splits words at colons, which are in URLs and addresses.
  typed=\${COMP_LINE:0:COMP_POINT}
  prefix=\${typed##*[[:space:]]}
  prefix=\${prefix%"\${prefix##*[:=]}"}
  COMPREPLY=()
  while IFS= read -r line; do
    line=\${line%%$'\\t'*}
    if [ "$line" = '${FILES}' ]; then
      compopt -o default
      return
    fi
    printf -v line %q "$line"
    COMPREPLY+=("\${line#"$prefix"}")
  done < <("\${COMP_WORDS[0]}" __complete --line "$typed" 2>/dev/null)
}
complete -F _tenantflow tenantflow
`;

const ZSH = `#compdef tenantflow
# tenantflow completion for zsh: source <(tenantflow completion zsh), after compinit
_tenantflow() {
  local line
  local -a found
  while IFS= read -r line; do
    line=\${line%%$'\\t'*}
    if [[ $line == '${FILES}' ]]; then
      _files
      return
    fi
    found+=("$line")
  done < <("\${(Q)words[1]}" __complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  compadd -a found
}
compdef _tenantflow tenantflow
`;

const FISH = `# tenantflow completion for fish: tenantflow completion fish | source
function __tenantflow_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] __complete -- $words[2..-1] 2>/dev/null)
  if test "$found[1]" = '${FILES}'
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $found
  end
end
complete -c tenantflow -f -a '(__tenantflow_complete)'
`;

/** The script that each shell is to read; all of them ask `tenantflow __complete` for what a word may become. */
export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
