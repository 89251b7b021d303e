using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace XanesMl.Cli.Tests.Cluster;

/// <summary>A fact that needs Debian's slurm-wlm and munge, and root to start them, and is skipped, visibly, elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SlurmFactAttribute : FactAttribute
{
    public SlurmFactAttribute()
    {
        string[] missing = [.. new[] { "/usr/sbin/munged", "/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/bin/sbatch" }.Where(f => !File.Exists(f))];
        if (missing.Length > 0)
            Skip = "needs slurm-wlm and munge: " + string.Join(", ", missing) + " missing";
        else if (!Environment.IsPrivilegedProcess)
            Skip = "needs root to start slurmd";
    }
}

/// <summary>A Slurm of one machine with keys, ports and folders of its own, that ends with the test.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SlurmCluster : IDisposable
{
    private readonly string _folder;
    private readonly List<Process> _daemons = [];

    /// <summary>Starts munged, slurmctld and slurmd, and waits until the node is idle.</summary>
    /// <param name="folder">An empty folder for all their files.</param>
    public SlurmCluster(string folder)
    {
        _folder = folder;
        foreach (string name in new[] { "munge", "state", "spool" })
            Directory.CreateDirectory(Path.Combine(folder, name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string key = Path.Combine(folder, "munge", "key"), configuration = Path.Combine(folder, "slurm.conf");
        File.WriteAllBytes(key, RandomNumberGenerator.GetBytes(1024));
        File.SetUnixFileMode(key, UnixFileMode.UserRead);
        File.WriteAllText(configuration, Configuration());
        Environment = new Dictionary<string, string> { ["SLURM_CONF"] = configuration };
        try
        {
            Start("/usr/sbin/munged", "--foreground", "--force", "--key-file=" + key, "--socket=" + In("munge/socket"), "--pid-file=" + In("munge/pid"), "--log-file=" + In("munge/log"), "--seed-file=" + In("munge/seed"));
            WaitFor("munged", () => File.Exists(In("munge/socket")));
            Start("/usr/sbin/slurmctld", "-D");
            Start("/usr/sbin/slurmd", "-D", "-N", "worker");
            WaitFor("an idle node", () => Ask("sinfo", "-h", "-o", "%T").Trim() == "idle");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Environment of programs that speak to this Slurm.</summary>
    public Dictionary<string, string> Environment { get; }

    /// <summary>Waits until no job is left.</summary>
    public void WaitForJobs() => WaitFor("the jobs' end", () => Ask("squeue", "-h").Trim().Length == 0);

    /// <summary>The daemons' logs, for a failing test.</summary>
    public string Logs() => string.Join('\n', new[] { "slurmctld.log", "slurmd.log", "munge/log" }.Where(f => File.Exists(In(f))).SelectMany(f => File.ReadLines(In(f)).TakeLast(15).Prepend("--- " + f)));

    public void Dispose()
    {
        foreach (var daemon in Enumerable.Reverse(_daemons))
        {
            if (!daemon.HasExited)
            {
                using var kill = Process.Start("kill", daemon.Id.ToString(CultureInfo.InvariantCulture));
                kill.WaitForExit();
                if (!daemon.WaitForExit(10_000))
                    daemon.Kill(entireProcessTree: true);
            }

            daemon.Dispose();
        }
    }

    private string In(string name) => Path.Combine(_folder, name);

    private void Start(string program, params string[] args)
    {
        var start = new ProcessStartInfo(program, args) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new InvalidOperationException(program + " did not start");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _daemons.Add(process);
    }

    private string Ask(string program, params string[] args)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        using var process = Process.Start(start) ?? throw new InvalidOperationException(program + " did not start");
        var error = process.StandardError.ReadToEndAsync();
        string answer = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? answer : "failed: " + error.Result;
    }

    private void WaitFor(string what, Func<bool> ready)
    {
        var clock = Stopwatch.StartNew();
        while (!ready())
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(90))
                throw new TimeoutException($"no {what} after 90 s\n{Logs()}");
            Thread.Sleep(200);
        }
    }

    // 16 CPUs whatever the machine has: the page's script asks for 4 a task. Accounting, cgroups and MPI are off: nothing outside the folder is touched.
    private string Configuration()
    {
        var (controller, node) = FreePorts();
        string host = Dns.GetHostName().Split('.')[0];
        return $"""
            ClusterName=xanesml
            SlurmctldHost={host}(127.0.0.1)
            SlurmUser=root
            SlurmdUser=root
            SlurmctldPort={controller}
            SlurmdPort={node}
            AuthType=auth/munge
            AuthInfo=socket={In("munge/socket")}
            CredType=cred/munge
            StateSaveLocation={In("state")}
            SlurmdSpoolDir={In("spool")}
            SlurmctldPidFile={In("slurmctld.pid")}
            SlurmdPidFile={In("slurmd.pid")}
            SlurmctldLogFile={In("slurmctld.log")}
            SlurmdLogFile={In("slurmd.log")}
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SwitchType=switch/none
            MpiDefault=none
            JobAcctGatherType=jobacct_gather/none
            AccountingStorageType=accounting_storage/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_CPU
            SchedulerParameters=sched_interval=1
            ReturnToService=2
            SlurmdParameters=config_overrides
            NodeName=worker NodeHostname={host} NodeAddr=127.0.0.1 CPUs=16 RealMemory=65536 State=UNKNOWN
            PartitionName=all Nodes=worker Default=YES MaxTime=INFINITE State=UP

            """;
    }

    private static (int Controller, int Node) FreePorts()
    {
        // both at once: a port that is given back may come again
        using TcpListener first = new(IPAddress.Loopback, 0), second = new(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return (((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port);
    }
}
