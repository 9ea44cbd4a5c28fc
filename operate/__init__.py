"""What operators run: onboarding a project, adding people."""
